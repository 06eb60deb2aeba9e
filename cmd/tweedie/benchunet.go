package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

func benchUNetCommand(o *options) *cobra.Command {
	b := &benchSize{}
	var width, blocks, heads int
	var mult, attn []int
	var mode string
	c := &cobra.Command{
		Use: "unet", Short: "The U-Net by which engines are compared, in one mode; prints one line of JSON", Args: noArgs,
		Long: `Time the U-Net by which engines are compared. Modes: fwd, vjp (gradient by the input), div
(divergence with one probe), divgrad (its gradient by the input), train (a step of Adam).
Prints one line of JSON. Give each mode a process of its own where memory is compared.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			restore, err := b.use()
			if err != nil {
				return err
			}
			defer restore()
			cfg, err := unet.Yardstick(b.channels, width, mult, blocks, attn, heads)
			if err != nil {
				return err
			}
			net, err := unet.New(layers.Root(rng.New(0)), cfg)
			if err != nil {
				return err
			}
			t, err := newNetBench(net, *b, 500).time(cmd.Context(), mode, b.runs)
			if err != nil {
				return err
			}
			line, err := json.Marshal(t)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), string(line))
			return err
		},
	}
	b.flags(c, 32, 3, 8, 7)
	c.Flags().IntVar(&width, "width", 64, "channels of the first level")
	c.Flags().IntSliceVar(&mult, "mult", []int{1, 2, 2, 2}, "width of every level in units of the first")
	c.Flags().IntVar(&blocks, "blocks", 2, "residual blocks of a level")
	c.Flags().IntSliceVar(&attn, "attn", []int{2}, "downsampling factors with attention")
	c.Flags().IntVar(&heads, "heads", 4, "attention heads")
	c.Flags().StringVar(&mode, "mode", "fwd", "fwd, vjp, div, divgrad or train")
	return c
}
