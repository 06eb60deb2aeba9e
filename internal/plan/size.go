package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseBytes reads a size such as "512MiB", "4GiB" or "1.5GB" that a flag gives, and returns its bytes; 0 for the empty
// text.
func ParseBytes(flag, text string) (bytes int, err error) {
	if text == "" {
		return 0, nil
	}
	number, unit := text, 1.0
	for name, size := range map[string]float64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12} {
		if n, ok := strings.CutSuffix(text, name); ok {
			number, unit = n, size
		}
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(x > 0) || x*unit > math.MaxInt/2 {
		return 0, fmt.Errorf("%s is %q; want a size such as 512MiB or 4GiB", flag, text)
	}
	return int(x * unit), nil
}

// MiB converts bytes to mebibytes.
func MiB(bytes int) float64 { return float64(bytes) / (1 << 20) }
