package families

import (
	"strings"

	"tweedie/checkpoints"
)

// StateOf returns what a file says about the training of the network that s names: the steps taken, 0 where it does not
// say, and whether Load takes averaged weights. A native file tells both itself.
func StateOf(f *checkpoints.File, s Source) (step int64, averaged bool) {
	if info, err := f.Info(); err == nil && info.Architecture != "" {
		return info.Step, info.EMA
	}
	if v, ok := f.Value("step"); ok {
		step, _ = v.(int64)
	} else if t, err := f.Tensor("step"); err == nil && t.Len() == 1 && !t.DType.IsFloat() {
		if v, err := t.Int64s(); err == nil {
			step = v[0]
		}
	}
	if _, s, err := find(f, s); err == nil && !s.Raw {
		averaged = strings.Contains(s.Prefix, "ema") || len(averageLists(f)) > 0
	}
	return max(0, step), averaged
}
