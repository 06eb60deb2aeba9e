package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tweedie/autodiff"
)

// opTime is the time of the calls of one op with results of one shape.
type opTime struct {
	Op     string  `json:"op"`
	Shape  string  `json:"shape"` // of the result
	Calls  float64 `json:"calls_per_run"`
	Millis float64 `json:"ms_per_run"`
	Share  float64 `json:"share"` // of the run
}

// profile runs one mode and returns the time of its ops, the greatest first: from the end of the call before to the end
// of the op's own. What follows the last call, such as the step of Adam, is the op "rest".
func (n *netBench) profile(mode string, runs int) (rows []opTime, err error) {
	defer autodiff.Catch(&err)
	f := n.mode(mode)
	sums, last := map[[2]string]*opTime{}, time.Now()
	add := func(op, shape string) {
		key := [2]string{op, shape}
		if sums[key] == nil {
			sums[key] = &opTime{Op: op, Shape: shape}
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
	slices.SortFunc(rows, func(a, b opTime) int {
		return cmp.Or(cmp.Compare(b.Millis, a.Millis), strings.Compare(a.Op+a.Shape, b.Op+b.Shape))
	})
	return rows, nil
}

// printOps writes the rows as a table.
func printOps(w io.Writer, rows []opTime) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "ms a run\tshare\tcalls\tms a call\top\tresult\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%.3f\t%.1f%%\t%g\t%.3f\t%s\t%s\t\n", r.Millis, 100*r.Share, r.Calls, r.Millis/r.Calls, r.Op, r.Shape)
	}
	return t.Flush()
}
