package quality

import (
	"fmt"
	"strings"
)

// String is the text that the command prints of an evaluation.
func (out Outcome) String() string {
	var w strings.Builder
	fmt.Fprintf(&w, "%s\nsliced Wasserstein distance to %d test images, %d directions\n", out.Prior, out.Test, out.Directions)
	fmt.Fprintf(&w, "  %-28s %s\n  %-28s %s\n", fmt.Sprintf("%d samples", out.Samples), out.SW2.Text("%.4f"), fmt.Sprintf("%d training images (floor)", out.Samples), out.Floor.Text("%.4f"))
	fmt.Fprintf(&w, "distance to the nearest of %d training images\n  %-28s %8s %8s %8s %8s %10s\n", out.Train, "", "least", "1%", "median", "mean", "below test's 1%")
	for _, l := range []struct {
		name string
		n    Neighbours
	}{{"samples", out.Nearest}, {"test images", out.TestNear}} {
		fmt.Fprintf(&w, "  %-28s %8.3f %8.3f %8.3f %8.3f %9.1f%%\n", l.name, l.n.Least, l.n.First, l.n.Median, l.n.Mean.Value, 100*l.n.Below)
	}
	for _, l := range []struct {
		name string
		c    *CodeLength
	}{{"evidence bound", out.ELBO}, {"ODE", out.ODE}} {
		switch {
		case l.c == nil:
		case l.c.Bits != nil:
			fmt.Fprintf(&w, "%s, %d test images: %s bits/dim, dequantised to %d levels\n", l.name, l.c.Images, l.c.Bits.Text("%.3f"), out.Levels)
		default:
			fmt.Fprintf(&w, "%s, %d test images: log p %s nats\n", l.name, l.c.Images, l.c.Nats.Text("%.2f"))
		}
	}
	return w.String()
}
