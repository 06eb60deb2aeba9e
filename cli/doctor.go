package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tweedie/internal/bench"
)

func doctorCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Show what this machine offers and which kernels run on it",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := bench.Examine(cmd.Context())
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), h)
			}
			printHealth(cmd.OutOrStdout(), h)
			return nil
		},
	}
}

func printHealth(w io.Writer, h bench.Health) {
	fmt.Fprintf(w, "tweedie %s, %s, %s\n", h.Version, h.Go, h.Platform)
	fmt.Fprintf(w, "processors    %d in use (GOMAXPROCS)\n", h.Processes)
	fmt.Fprintf(w, "cpu features  %v\n", h.Features)
	fmt.Fprintf(w, "kernels       %s (TWEEDIE_KERNELS=generic|avx2|avx512 pins one)\n", h.Kernels)
	for _, n := range []string{"256", "512"} {
		fmt.Fprintf(w, "matrix product %s^3  %.0f GFLOP/s\n", n, h.GFLOPS[n])
	}
	fmt.Fprintf(w, "U-Net, 9.6 million parameters, 3x32x32: %.0f ms for one image\n", h.Step)
	fmt.Fprintf(w, "3x3 convolutions (TWEEDIE_WINOGRAD=off computes all directly)\n")
	for _, r := range h.Convs {
		fmt.Fprintf(w, "  %4d -> %4d channels, %3dx%-3d  %s\n", r.In, r.Out, r.Side, r.Side, r.Algorithm)
	}
	fmt.Fprintf(w, "priors        %v\n", h.Priors)
}
