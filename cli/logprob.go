package cli

import (
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/report"
	"tweedie/rng"
	"tweedie/zoo"
)

// density holds one line of the result of logprob.
type density struct {
	LogProb     float64 `json:"log_prob_nats"`
	StdErr      any     `json:"standard_error"` // a number, or null where one probe leaves it unknown
	BitsPerDim  float64 `json:"bits_per_dim"`
	Evaluations int     `json:"score_evaluations"`
}

func logprobCommand(o *options) *cobra.Command {
	var name, images, flow string
	var n, class int
	var f64 bool
	c := &cobra.Command{
		Use:   "logprob",
		Short: "Log-density of images under a prior, in nats",
		Long: `Log-density of images under a prior, in nats, by the probability-flow ODE (exactly for a
closed form). The value is that of the images smoothed by the noise at the flow's t0, in the
units of the images; bits per dimension are -log2 p / D for the values as they are, without
dequantisation. The error is the standard error over the trace probes.`,
		Example: "  tweedie logprob --prior digits8 --images digits.npy",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			prior, err := openPriorOf(name, class)
			if err != nil {
				return err
			}
			if images == "" {
				return fmt.Errorf("--images is missing: name a file or folder with images of shape %v", prior.Shape())
			}
			if n < 0 {
				return fmt.Errorf("--n is %d; it must be at least 1, or 0 for all", n)
			}
			text, err := jsonFlag("--flow", flow, `{"kind":"flow-density","probes":8}`)
			if err != nil {
				return err
			}
			if len(text) == 0 {
				return errors.New(`--flow is empty; give at least {"kind":"flow-density"}`)
			}
			cfg, err := diffusion.DecodeODE(text)
			if err != nil {
				return fmt.Errorf("--flow: %w", err)
			}
			x, _, err := readImages(cmd.Context(), "--images", images, n, prior)
			if err != nil {
				return err
			}
			for i, v := range x {
				x[i] = prior.Spec.Affine.ToPrior(v)
			}
			rows, err := logDensities(cmd, o, prior, cfg, x, f64)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%5s %14s %10s %10s %12s\n", "image", "log p (nats)", "error", "bits/dim", "evaluations")
			for i, r := range rows {
				se := "unknown"
				if e, ok := r.StdErr.(float64); ok {
					se = fmt.Sprintf("%.4f", e)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%5d %14.4f %10s %10.4f %12d\n", i, r.LogProb, se, r.BitsPerDim, r.Evaluations)
			}
			return nil
		},
	}
	classFlag(c.Flags(), &class)
	c.Flags().StringVar(&name, "prior", defaultPrior, priorUsage)
	c.Flags().StringVar(&images, "images", "", "images, in their own values: npy [N,H,W] or [N,C,H,W], CSV, IDX, or a folder")
	c.Flags().StringVar(&flow, "flow", `{"kind":"flow-density"}`, "solver, tolerances and probes, JSON or a file with it")
	c.Flags().IntVar(&n, "n", 16, "images from the beginning; 0 is all")
	c.Flags().BoolVar(&f64, "f64", false, "evaluate the network in float64")
	return c
}

// logDensities returns log p in the units of the images: log p(x) = log p(m) - D log Scale.
func logDensities(cmd *cobra.Command, o *options, prior *zoo.Prior, cfg diffusion.ODEConfig, x []float64, f64 bool) ([]density, error) {
	d := prior.Shape().Size()
	rows := make([]density, len(x)/d)
	shift := float64(d) * math.Log(prior.Spec.Affine.Unit())
	put := func(i int, logp, se float64, evals int) {
		rows[i] = density{logp - shift, report.FiniteOrNil(se), -(logp - shift) / (float64(d) * math.Ln2), evals}
	}
	if prior.Exact != nil {
		logp := make([]float64, len(rows))
		if err := (exact.Prior{Density: prior.Exact}).LogProb(cmd.Context(), x, nil, logp, nil); err != nil {
			return nil, err
		}
		for i, v := range logp {
			put(i, v, 0, 0)
		}
		return rows, nil
	}
	den := prior.Denoiser
	if f64 {
		den = prior.InFloat64()
	}
	keys := make([]rng.Key, len(rows))
	for i := range keys {
		keys[i] = rng.New(o.seed).Split("logprob", i)
	}
	var bar *status
	p := &diffusion.ODEPrior{Denoiser: den, Schedule: diffusion.DefaultVP(), Shape: prior.Shape(), Config: cfg, Progress: func(done, total int) {
		if bar == nil {
			bar = newStatus("log-density", total)
		}
		bar.set(done)
	}}
	res, err := p.LogDensity(cmd.Context(), x, keys)
	if bar != nil {
		bar.done()
	}
	if err != nil {
		return nil, err
	}
	for i := range rows {
		put(i, res.LogProb[i], res.StdErr[i], res.Evaluations[i])
	}
	return rows, nil
}
