package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/report"
)

// evalOutcome is results.json of an evaluation. Distances are in the units of the pixels.
type evalOutcome struct {
	Prior      string         `json:"prior"`
	Seed       uint64         `json:"seed"`
	Machine    map[string]any `json:"machine"`
	Sampler    any            `json:"sampler"`
	Samples    int            `json:"samples"`
	Train      int            `json:"training_images"`
	Test       int            `json:"test_images"`
	Directions int            `json:"directions"`
	SW2        report.Number  `json:"sliced_wasserstein_samples_to_test"`
	Floor      report.Number  `json:"sliced_wasserstein_training_to_test"`
	Nearest    neighbours     `json:"distance_of_samples_to_nearest_training_image"`
	TestNear   neighbours     `json:"distance_of_test_images_to_nearest_training_image"`
	Levels     int            `json:"levels"`
	ELBO       *codeLength    `json:"bound,omitempty"`
	ODE        *codeLength    `json:"ode,omitempty"`
}

// neighbours sums up distances.
type neighbours struct {
	Least  float64       `json:"least"`
	First  float64       `json:"first_percentile"`
	Median float64       `json:"median"`
	Mean   report.Number `json:"mean"`
	Below  float64       `json:"fraction_below_first_percentile_of_test"`
}

// codeLength is the log-density of test images.
type codeLength struct {
	Images      int            `json:"images"`
	Nats        report.Number  `json:"log_density_nats"` // per image, in the units of the pixels
	Bits        *report.Number `json:"bits_per_dim,omitempty"`
	Evaluations int            `json:"score_evaluations_per_image"`
	Config      any            `json:"config"`
}

// present prints the numbers and writes them.
func (f *evalFlags) present(cmd *cobra.Command, o *options, out evalOutcome) error {
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
		n    neighbours
	}{{"samples", out.Nearest}, {"test images", out.TestNear}} {
		fmt.Fprintf(w, "  %-28s %8.3f %8.3f %8.3f %8.3f %9.1f%%\n", l.name, l.n.Least, l.n.First, l.n.Median, l.n.Mean.Value, 100*l.n.Below)
	}
	for _, l := range []struct {
		name string
		c    *codeLength
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
