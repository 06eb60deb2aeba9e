package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/internal/quality"
	"tweedie/problem"
)

func logprobCommand(o *options) *cobra.Command {
	l := &quality.LogProb{Watch: watch}
	var name, images, flow, grad string
	var n, class int
	var size []int
	c := &cobra.Command{
		Use:   "logprob",
		Short: "Log-density of images under a prior, in nats",
		Long: `Log-density of images under a prior, in nats, in the units of the images. Bits per dimension are
-log2 p / D for the values as they are, without dequantisation.

--method ode    integrates the probability-flow ODE: the density of the images smoothed by the noise at
                the flow's t0. The error is the standard error over the trace probes.
--method elbo   estimates the evidence bound from --draws noise levels, at a hundredth of the cost: a
                lower bound, to O(t0), of the density of the images themselves. The error is at most
                that over the draws.
--method exact  is the density of a closed form, and the default for one.

ODE and bound agree for a score that is exact, but for the noise of t0. A trained score is that of no
density exactly: the ODE and the SDE then have two, of which the bound knows the SDE's, and lies below
it by what the score misses. So compare priors by one method, not one prior by two.

--grad FILE writes d log p/dx, [N,C,H,W]; that of the ODE is the gradient of its discretised value and
costs about ten times as much.`,
		Example: "  tweedie logprob --prior digits8 --images digits.npy",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if l.Prior, err = openPriorOf(name, class, size); err != nil {
				return err
			}
			if images == "" {
				return fmt.Errorf("--images is missing: name a file or folder with images of shape %v", l.Prior.Shape())
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
			if l.ODE, err = diffusion.DecodeODE(text); err != nil {
				return fmt.Errorf("--flow: %w", err)
			}
			if l.Seed, l.Gradient = o.seed, grad != ""; l.Gradient {
				lock, err := prepareFile(cmd, "--grad", grad)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, lock.Release()) }()
			}
			if err := l.Check(); err != nil {
				return err
			}
			x, _, err := problem.ReadImages(cmd.Context(), images, n, l.Prior)
			if _, far := errors.AsType[*problem.ScaleError](err); err != nil && !far { // Run warns of those
				return fmt.Errorf("--images: %w", err)
			}
			out, err := l.Run(cmd.Context(), x)
			if err != nil {
				return err
			}
			if l.Gradient {
				t := checkpoints.FromFloat64("gradient", append([]int{len(out.Rows)}, l.Prior.Spec.Shape...), out.Gradient)
				if err := checkpoints.SaveNPY(grad, t); err != nil {
					return err
				}
			}
			if out.Warning != "" {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", out.Warning)
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), out.Rows)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), out)
			return err
		},
	}
	classFlag(c.Flags(), &class)
	sizeFlag(c.Flags(), &size)
	c.Flags().StringVar(&name, "prior", defaultPrior, priorUsage)
	c.Flags().StringVar(&images, "images", "", "images, in their own values: npy [N,H,W] or [N,C,H,W], CSV, IDX, or a folder")
	c.Flags().StringVar(&l.Method, "method", "", "ode, elbo or exact (default exact for a closed form, ode otherwise)")
	c.Flags().StringVar(&flow, "flow", `{"kind":"flow-density"}`, "solver, tolerances and probes of the ODE, JSON or a file with it")
	c.Flags().IntVar(&l.Draws, "draws", 16, "noise levels for each image of the bound")
	c.Flags().StringVar(&grad, "grad", "", "file for d log p/dx, npy [N,C,H,W]")
	c.Flags().IntVar(&n, "n", 16, "images from the beginning; 0 is all")
	c.Flags().BoolVar(&l.Double, "f64", false, "evaluate the network in float64")
	return c
}
