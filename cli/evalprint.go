package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/internal/quality"
	"tweedie/report"
)

// present prints the numbers and writes them.
func (f *evalFlags) present(cmd *cobra.Command, o *options, out quality.Outcome) error {
	if f.folder != nil {
		if err := report.SaveJSON(f.folder.Path(), out); err != nil {
			return err
		}
		if err := f.folder.Commit(); err != nil {
			return outError("--out", f.out, err)
		}
	}
	w := cmd.OutOrStdout()
	if o.json {
		return printJSON(w, out)
	}
	fmt.Fprintf(w, "%s\nsliced Wasserstein distance to %d test images, %d directions\n", out.Prior, out.Test, out.Directions)
	fmt.Fprintf(w, "  %-28s %s\n  %-28s %s\n", fmt.Sprintf("%d samples", out.Samples), out.SW2.Text("%.4f"), fmt.Sprintf("%d training images (floor)", out.Samples), out.Floor.Text("%.4f"))
	fmt.Fprintf(w, "distance to the nearest of %d training images\n  %-28s %8s %8s %8s %8s %10s\n", out.Train, "", "least", "1%", "median", "mean", "below test's 1%")
	for _, l := range []struct {
		name string
		n    quality.Neighbours
	}{{"samples", out.Nearest}, {"test images", out.TestNear}} {
		fmt.Fprintf(w, "  %-28s %8.3f %8.3f %8.3f %8.3f %9.1f%%\n", l.name, l.n.Least, l.n.First, l.n.Median, l.n.Mean.Value, 100*l.n.Below)
	}
	for _, l := range []struct {
		name string
		c    *quality.CodeLength
	}{{"evidence bound", out.ELBO}, {"ODE", out.ODE}} {
		switch {
		case l.c == nil:
		case l.c.Bits != nil:
			fmt.Fprintf(w, "%s, %d test images: %s bits/dim, dequantised to %d levels\n", l.name, l.c.Images, l.c.Bits.Text("%.3f"), out.Levels)
		default:
			fmt.Fprintf(w, "%s, %d test images: log p %s nats\n", l.name, l.c.Images, l.c.Nats.Text("%.2f"))
		}
	}
	return nil
}
