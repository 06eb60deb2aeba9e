package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/internal/ckpt"
)

func applyCommand(o *options) *cobra.Command {
	a, flow := &ckpt.Evaluation{}, &ckpt.FlowEvaluation{}
	c := &cobra.Command{Use: "apply", Short: "One evaluation of the network in a checkpoint, and its gradient", Args: noArgs,
		Long: `Evaluate the network of a checkpoint once, as the original's forward does, and write its raw output.
With --probe, write the gradient of sum(out*probe) with respect to x too.`,
		Example: "  tweedie ckpt apply --checkpoint model.pt --config config.json --x x.npy --t t.npy --out out.npy",
		RunE: func(cmd *cobra.Command, args []string) error {
			a.Arena = o.referenceArena()
			if flow.Wanted(a) {
				return applyFlow(cmd, o, flow, a)
			}
			done, err := a.Run()
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), done)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d parameters read in %.2f s, evaluated in %.2f s; output %v, largest value %.6g\nwritten: %s\n", done.Params, done.Load, done.Forward, done.Shape, done.Largest, a.Out)
			if a.Grad != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "written: %s\n", a.Grad)
			}
			return nil
		}}
	sourceFlags(c, &a.Source)
	flowFlags(c, flow)
	c.Flags().StringVar(&a.X, "x", "", "input, npy [B,C,H,W]")
	c.Flags().StringVar(&a.T, "t", "", "times as the original's forward takes them, npy [B] or one for all")
	c.Flags().StringVar(&a.Labels, "labels", "", "classes, npy: indices [B] or one-hot rows [B,classes]; a row of zeros is no class, where the network knows that")
	c.Flags().StringVar(&a.Out, "out", "", "file for the output, npy")
	c.Flags().StringVar(&a.Probe, "probe", "", "array of the output's shape, npy")
	c.Flags().StringVar(&a.Grad, "grad", "", "file for the gradient of sum(out*probe) by x, npy")
	c.Flags().BoolVar(&a.NHWC, "nhwc", false, "all arrays of images have channels last")
	c.Flags().BoolVar(&a.Double, "f64", false, "compute in float64")
	return c
}

// flowFlags declares the flags that a flow takes besides the others.
func flowFlags(c *cobra.Command, f *ckpt.FlowEvaluation) {
	c.Flags().StringVar(&f.Z, "z", "", "of a flow: latents, npy [B,D], or one file for each block, separated by commas")
	c.Flags().StringVar(&f.ZOut, "zout", "", "of a flow, with --x: files for the latents, separated by commas")
	c.Flags().StringVar(&f.LogDet, "logdet", "", "of a flow: file for the log-determinants [B] of the map that was taken, npy")
	c.Flags().StringVar(&f.Mode, "mode", "eval", "of a flow: statistics of batch norms, those of the file (eval) or of this batch (train)")
	c.Flags().StringVar(&f.Head, "head", "", "of a flow of DPI: its generativescale file, which makes samples positive")
	c.Flags().StringVar(&f.ProbeLogDet, "probe-logdet", "", "of a flow: array [B], npy; sum(logdet*probe-logdet) is added to what --grad differentiates")
}

// applyFlow evaluates a flow and prints what came of it.
func applyFlow(cmd *cobra.Command, o *options, f *ckpt.FlowEvaluation, a *ckpt.Evaluation) error {
	done, err := f.Run(a)
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(cmd.OutOrStdout(), done)
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), done)
	return err
}
