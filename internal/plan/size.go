package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// units holds the bytes of the units of sizes, in small letters. One letter stands for the binary unit, as in the limits of
// containers and virtual machines.
var units = map[string]float64{"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}

// ParseBytes reads a size that a flag gives, such as "512M" or "4GiB" (of 1024), "1.5GB" (of 1000) or "7" (bytes), in capitals
// or small letters, and returns its bytes; 0 for the empty text.
func ParseBytes(flag, text string) (bytes int, err error) {
	if text == "" {
		return 0, nil
	}
	number := strings.TrimRightFunc(text, unicode.IsLetter)
	unit, known := units[strings.ToLower(text[len(number):])]
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !known || !(x > 0) || x*unit > math.MaxInt/2 {
		return 0, fmt.Errorf("%s is %.60q; want a size such as 512MiB or 4GiB; 512M and 4G are the same", flag, text)
	}
	return int(x * unit), nil
}

// MiB converts bytes to mebibytes.
func MiB(bytes int) float64 { return float64(bytes) / (1 << 20) }
