package bench

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tweedie/autodiff"
)

// OpTime sums the time of the calls of one op with results of one shape.
type OpTime struct {
	Op     string  `json:"op"`
	Shape  string  `json:"shape"` // of the result
	Calls  float64 `json:"calls_per_run"`
	Millis float64 `json:"ms_per_run"`
	Share  float64 `json:"share"` // of the run
}

// Profile runs one mode and returns the time of its ops, the greatest first, each from the end of the call before to the
// end of the op's own. It books what follows the last call, such as the step of Adam, as the op "rest".
func (n *Net) Profile(mode string, runs int) (rows []OpTime, err error) {
	defer autodiff.Catch(&err)
	f := n.mode(mode)
	sums, last := map[[2]string]*OpTime{}, time.Now()
	add := func(op, shape string) {
		key := [2]string{op, shape}
		if sums[key] == nil {
			sums[key] = &OpTime{Op: op, Shape: shape}
		}
		now := time.Now()
		sums[key].Calls++
		sums[key].Millis += now.Sub(last).Seconds() * 1e3
		last = time.Now()
	}
	n.arena.Trace(func(c *autodiff.Call, module string) { add(c.Op().Name, c.Out.Shape().String()) })
	defer n.arena.Trace(nil)
	for range runs {
		last = time.Now()
		f(n.arena)
		add("rest", "")
	}
	var total float64
	for _, r := range sums {
		r.Calls, r.Millis = r.Calls/float64(runs), r.Millis/float64(runs)
		total += r.Millis
		rows = append(rows, *r)
	}
	for i := range rows {
		rows[i].Share = rows[i].Millis / total
	}
	slices.SortFunc(rows, func(a, b OpTime) int {
		return cmp.Or(cmp.Compare(b.Millis, a.Millis), strings.Compare(a.Op+a.Shape, b.Op+b.Shape))
	})
	return rows, nil
}
