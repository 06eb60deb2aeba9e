package diffusion

import (
	"math"
	"strconv"
	"strings"

	"tweedie/internal/config"
)

// respace returns the increasing list of the steps, of n, that a spacing keeps (space_timesteps of guided-diffusion).
// "" keeps all; "ddimK" keeps every s-th for the smallest integer s that leaves exactly K; "a,b,c" keeps a, b and c
// steps evenly spread over equal sections, ends included, rounded half to even.
func respace(n int, spacing string) ([]int, error) {
	bad := func(format string, args ...any) ([]int, error) {
		return nil, config.Errorf("ddpm", "respacing", format, args...)
	}
	if spacing == "" {
		spacing = strconv.Itoa(n)
	}
	if k, ok := strings.CutPrefix(spacing, "ddim"); ok {
		want, err := strconv.Atoi(k)
		if err != nil || want < 1 {
			return bad("%q: a positive number must follow ddim", spacing)
		}
		for stride := 1; stride <= n; stride++ {
			if (n+stride-1)/stride == want {
				var keep []int
				for i := 0; i < n; i += stride {
					keep = append(keep, i)
				}
				return keep, nil
			}
		}
		return bad("%q: no integer stride keeps exactly %d of %d steps", spacing, want, n)
	}
	sections := strings.Split(spacing, ",")
	var keep []int
	start := 0
	for i, text := range sections {
		count, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || count < 1 {
			return bad("%q: section %d must be a positive number of steps", spacing, i)
		}
		size := n / len(sections)
		if i < n%len(sections) {
			size++
		}
		if count > size {
			return bad("%q: section %d has %d steps and cannot keep %d", spacing, i, size, count)
		}
		stride := 1.0
		if count > 1 {
			stride = float64(size-1) / float64(count-1)
		}
		for j, cur := 0, 0.0; j < count; j++ {
			keep = append(keep, start+int(math.RoundToEven(cur)))
			cur += stride
		}
		start += size
	}
	return keep, nil
}
