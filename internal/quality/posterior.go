package quality

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tweedie/checkpoints"
	"tweedie/eval"
	"tweedie/internal/config"
	"tweedie/internal/input"
)

// ReadDraws reads the draws in an array of real numbers [N,...], each flat.
func ReadDraws(path string) (draws [][]float64, shape []int, err error) {
	t, err := checkpoints.ReadArray(path)
	if err != nil {
		return nil, nil, err
	}
	if t.Complex || len(t.Shape) < 1 || t.Len() == 0 {
		return nil, nil, fmt.Errorf("%s holds an array of shape %v; want real numbers [N,...], a draw in each row", input.Name(path), t.Shape)
	}
	if t.Len() > config.MostInput {
		return nil, nil, fmt.Errorf("%s holds %d numbers; at most %d are compared", input.Name(path), t.Len(), config.MostInput)
	}
	x, err := t.Float64s()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	n := t.Shape[0]
	d := len(x) / n
	for i := range n {
		draws = append(draws, x[i*d:(i+1)*d:(i+1)*d])
	}
	return draws, t.Shape[1:], nil
}

// Posterior compares samples of a posterior with a reference, both files of arrays [N,...]. It returns early when ctx is
// cancelled.
func Posterior(ctx context.Context, samples, reference string, cfg eval.CompareConfig) (eval.Comparison, error) {
	a, shape, err := ReadDraws(samples)
	if err != nil {
		return eval.Comparison{}, fmt.Errorf("--samples: %w", err)
	}
	b, other, err := ReadDraws(reference)
	if err != nil {
		return eval.Comparison{}, fmt.Errorf("--reference: %w", err)
	}
	short := func(extent int) bool { return extent == 1 } // an axis of length 1 says nothing
	if !slices.Equal(slices.DeleteFunc(slices.Clone(shape), short), slices.DeleteFunc(slices.Clone(other), short)) {
		return eval.Comparison{}, fmt.Errorf("--reference: draws have shape %v, and those of --samples %v; they must be equal", other, shape)
	}
	type result struct {
		c   eval.Comparison
		err error
	}
	done := make(chan result, 1)
	go func() {
		c, err := eval.ComparePosterior(a, b, cfg)
		done <- result{c, err}
	}()
	select {
	case <-ctx.Done():
		return eval.Comparison{}, ctx.Err()
	case r := <-done:
		return r.c, r.err
	}
}

// metricTitles says what metrics are called for people.
var metricTitles = map[string]string{
	"max_sliced_wasserstein2":        "max-sliced Wasserstein-2",
	"max_sliced_wasserstein2_random": "  over random directions",
	"c2st_logistic":                  "classifier, logistic",
	"c2st_neighbours":                "classifier, neighbours",
	"mmd2":                           "MMD^2",
	"energy_distance":                "energy distance",
	"mean_max_z":                     "means, largest |z|",
	"covariance_max_z":               "covariances, largest |z|",
	"mode_weights_tv":                "weights of modes, TV",
}

// Table is a table of a comparison, with its verdict.
func Table(c eval.Comparison) string {
	var w strings.Builder
	fmt.Fprintf(&w, "%d samples of %d values against %d of the reference\n", c.Samples, c.Dim, c.Reference)
	fmt.Fprintf(&w, "%-26s %10s  %-22s %s\n", "", "value", "floor", "verdict")
	var differ []string
	for _, m := range c.Metrics {
		verdict := "no difference seen"
		if m.Differs {
			verdict = "differs"
			differ = append(differ, strings.TrimSpace(metricTitles[m.Name]))
			if strings.HasPrefix(m.Name, "max_sliced") || m.Name == "mode_weights_tv" {
				verdict += fmt.Sprintf(", %.3g times the floor", m.Value/m.Floor)
			}
		}
		if m.P != nil {
			verdict += fmt.Sprintf(" (p %.2g)", *m.P)
		}
		fmt.Fprintf(&w, "%-26s %10.4g  %-22s %s\n", metricTitles[m.Name], m.Value, fmt.Sprintf("%.4g ± %.2g", m.Floor, m.FloorSD), verdict)
	}
	if c.Modes != nil {
		fmt.Fprintf(&w, "modes of the reference: weights %.3f, of the samples %.3f\n", c.Modes.Reference, c.Modes.Samples)
	}
	fmt.Fprintf(&w, "A floor is the same number between %d draws of the reference and its other %d", c.Compared[0], c.Compared[1])
	if c.Pairs != c.Compared {
		fmt.Fprintf(&w, " (%d and %d from the classifiers to the energy distance)", c.Pairs[0], c.Pairs[1])
	}
	fmt.Fprintln(&w, ".")
	if len(differ) == 0 {
		fmt.Fprintln(&w, "Nothing tells the samples from the reference.")
	} else {
		fmt.Fprintf(&w, "The samples are not of the reference's law, or not independent: %s.\n", strings.Join(differ, "; "))
	}
	return w.String()
}
