package cli

import (
	"github.com/spf13/cobra"

	"tweedie/internal/bench"
	"tweedie/prior"
)

func benchLoadCommand() *cobra.Command {
	var path string
	y := bench.DefaultYardstick()
	c := &cobra.Command{Use: "load", Short: "Reading a checkpoint into a network; prints one line of JSON", Args: noArgs,
		Long: `Read a checkpoint into a network. Without --checkpoint it is one of the U-Net by which engines are
compared, in safetensors, written for the purpose and removed. Prints one line of JSON, with
the milliseconds of the whole file.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			y.Batch = 1
			return timed(cmd, y.Size, func() (bench.Timing, error) { return bench.Load(cmd.Context(), y, path) })
		}}
	yardstickFlags(c, &y)
	for _, unused := range []string{"batch", "size"} {
		if err := c.Flags().MarkHidden(unused); err != nil {
			panic(err)
		}
	}
	c.Flags().StringVar(&path, "checkpoint", "", "a network of any family that can be read")
	return c
}

func benchRealNVPCommand(o *options) *cobra.Command {
	s := bench.Size{Side: 16, Channels: 1, Batch: 64, Runs: 7}
	var blocks int
	c := &cobra.Command{Use: "realnvp", Short: "A step of fitting a RealNVP; prints one line of JSON", Args: noArgs,
		Long: `A step of Adam on KL(q || N(0, I)) for a RealNVP of DPI: what a step of DPI costs without the prior.
Prints one line of JSON.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return timed(cmd, s, func() (bench.Timing, error) { return bench.RealNVP(cmd.Context(), s, blocks, o.seed) })
		}}
	sizeFlags(c, &s)
	c.Flags().IntVar(&blocks, "flows", 16, "blocks of two couplings")
	return c
}

func benchPriorCommand(o *options, w bench.PriorWork) *cobra.Command {
	s := bench.Size{Side: 2, Channels: 1}
	var name string
	var steps int
	c := &cobra.Command{Use: w.Name, Short: w.Short + "; prints one line of JSON", Args: noArgs,
		Long: w.Short + ` for a batch of images of a prior. Prints one line of JSON: milliseconds are those of
one step and one image. A run is --steps of them.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := bench.CheckSteps(steps); err != nil {
				return err
			}
			return timed(cmd, s, func() (bench.Timing, error) {
				open := func() (*prior.Prior, error) { return openPriorOf(name, noClass, nil) }
				return w.Time(cmd.Context(), open, s.Batch, s.Runs, steps, o.seed)
			})
		}}
	c.Flags().StringVar(&name, "prior", defaultPrior, priorUsage)
	c.Flags().IntVar(&s.Batch, "batch", 16, "images")
	c.Flags().IntVar(&s.Runs, "runs", 5, "timed runs")
	c.Flags().IntVar(&s.Threads, "threads", 0, "threads; 0 is all")
	c.Flags().IntVar(&steps, "steps", 8, "steps of a run")
	return c
}
