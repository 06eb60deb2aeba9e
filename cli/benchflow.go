package cli

import (
	"github.com/spf13/cobra"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/train"
)

func benchRealNVPCommand(o *options) *cobra.Command {
	b := &benchSize{}
	cfg := flows.RealNVPConfig{SeqFrac: 4, BatchNorm: true}
	c := &cobra.Command{Use: "realnvp", Short: "A step of fitting a RealNVP; prints one line of JSON", Args: noArgs,
		Long: `A step of Adam on KL(q || N(0, I)) for a RealNVP of DPI: what a step of DPI costs without the prior.
Prints one line of JSON.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			restore, err := b.use()
			if err != nil {
				return err
			}
			defer restore()
			start := peakRSS()
			cfg.Dim = b.size * b.size * b.channels
			net, err := flows.NewRealNVP(layers.Root(rng.New(o.seed)).Blank(), cfg)
			if err != nil {
				return err
			}
			if err := layers.CheckSize("realnvp", net.Params()); err != nil {
				return err
			}
			if net, err = flows.NewRealNVP(layers.Root(rng.New(o.seed)), cfg); err != nil {
				return err
			}
			q := flows.NewFlow(layers.Root(rng.New(o.seed)), net.With(layers.UpdateStatistics))
			arena := autodiff.NewArena()
			grads, adam := train.NewGradients(q.Params()), train.NewAdam(q.Params())
			z := make([]float32, b.batch*q.NoiseDim())
			rng.New(2).Stream().FillNorm32(z)
			t, err := measure(cmd.Context(), "realnvp", b.runs, b.batch, start, arena, func() (err error) {
				defer autodiff.Catch(&err)
				s := arena.Scope(autodiff.Record, autodiff.F32)
				defer s.Close()
				x, logq := q.Sample(s, s.Const32(autodiff.S(b.batch, q.NoiseDim()), z))
				loss := s.Add(s.Scale(s.SumAll(s.Square(x)), 0.5/float64(b.batch)), s.MeanAll(logq))
				grads.Reset()
				grads.Accumulate(s, loss, 1)
				adam.Step(1e-4, grads)
				return nil
			})
			if err != nil {
				return err
			}
			t.Params = layers.Count(q.Params())
			return printLine(cmd.OutOrStdout(), t)
		}}
	b.flags(c, 16, 1, 64, 7)
	c.Flags().IntVar(&cfg.Flows, "flows", 16, "blocks of two couplings")
	return c
}
