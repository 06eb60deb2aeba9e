package config

import (
	"fmt"
	"math"
)

// Budget is the number of bytes that the largest array of a run may take.
const Budget int64 = 16 << 30

// Size returns the product of factors that are not negative, and whether it fits in an int.
func Size(factors ...int) (n int, ok bool) {
	n = 1
	for _, f := range factors {
		if f < 0 {
			return 0, false
		}
		if f == 0 {
			return 0, true
		}
	}
	for _, f := range factors {
		if n > math.MaxInt/f {
			return 0, false
		}
		n *= f
	}
	return n, true
}

// Room refuses an array whose size, the product of factors, takes more than Budget bytes or does not fit in an int: a
// *FieldError about the field, whose value is the first factor. Each element takes the bytes given.
func Room(kind, field string, bytes int, factors ...int) error {
	_, ok := Size(factors...)
	need := float64(bytes)
	for _, f := range factors {
		need *= float64(f)
	}
	if ok && need <= float64(Budget) {
		return nil
	}
	others := Budget / int64(bytes)
	for _, f := range factors[1:] {
		others /= int64(max(f, 1))
	}
	want := fmt.Sprintf("be at most %d", others)
	if others < 1 {
		want = "be less, and so must the size of an image"
	}
	return Errorf(kind, field, "is %d, for which arrays of %s are needed, more than the %s that one may take; it must %s", factors[0], bytesText(need), bytesText(float64(Budget)), want)
}

// bytesText writes a number of bytes in a unit that suits it.
func bytesText(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := 0
	for ; n >= 1024 && i < len(units)-1; i++ {
		n /= 1024
	}
	return fmt.Sprintf("%.4g %s", n, units[i])
}
