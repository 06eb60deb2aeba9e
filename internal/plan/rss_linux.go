package plan

import (
	"fmt"
	"os"
	"strings"
)

// PeakRSS reads the largest resident size of the process so far, in MiB. getrusage would report no less than the size
// of the process that started this one.
func PeakRSS() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kib int
	if _, err := fmt.Sscan(line, &kib); err != nil {
		return 0
	}
	return kib / 1024
}
