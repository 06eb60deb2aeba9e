package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"tweedie/layers"
	"tweedie/rng"
)

func benchScoreCommand(o *options) *cobra.Command {
	b := &benchSize{}
	c := &cobra.Command{
		Use: "score", Short: "The small score network in every mode", Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			restore, err := b.use()
			if err != nil {
				return err
			}
			defer restore()
			start := peakRSS()
			net, err := layers.NewConvScore(layers.Root(rng.New(0)), layers.DefaultConvScore(b.channels))
			if err != nil {
				return err
			}
			var rows []timing
			for _, mode := range benchModes {
				t, err := newNetBench(net, *b, 0.5, start).time(cmd.Context(), mode, b.runs)
				if err != nil {
					return err
				}
				rows = append(rows, t)
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "conv-score %dx%dx%d, batch %d, %d threads, %d parameters\n", b.channels, b.size, b.size, b.batch, runtime.GOMAXPROCS(0), rows[0].Params)
			for _, r := range rows {
				fmt.Fprintln(cmd.OutOrStdout(), r)
			}
			return nil
		},
	}
	b.flags(c, 8, 1, 64, 15)
	return c
}
