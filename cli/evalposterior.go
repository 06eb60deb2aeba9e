package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/eval"
	"tweedie/internal/quality"
)

// evalPosteriorCommand compares samples with a reference.
func evalPosteriorCommand(o *options) *cobra.Command {
	cfg := eval.DefaultCompare()
	var samples, reference string
	c := &cobra.Command{
		Use:   "posterior",
		Short: "Whether samples of a posterior are those of a reference",
		Long: `Whether samples of a posterior are those of a reference, such as exact draws or those of a long chain.

Each number stands beside its floor, the same number between a part of the reference and the rest:
the largest Wasserstein-2 distance along a direction; the accuracy of two classifiers that tell
samples from reference, 1/2 where they cannot; MMD and the energy distance, with probabilities by
permutation; the largest difference of a mean or covariance over its standard error; and the weights
of the reference's modes. Give at least 20 samples, and twice as many draws of the reference; draws
must be independent. The exit code is 0 whatever the verdict; --json has "differs" for scripts.`,
		Example: "  tweedie eval posterior --samples solution/samples.npy --reference exact.npy",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if samples == "" || reference == "" {
				return fmt.Errorf("--samples and --reference are needed: name two npy files with arrays [N,...]")
			}
			cfg.Seed = o.seed
			out, err := quality.Posterior(cmd.Context(), samples, reference, cfg)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), out)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), quality.Table(out))
			return err
		},
	}
	c.Flags().StringVar(&samples, "samples", "", "samples, npy [N,...]")
	c.Flags().StringVar(&reference, "reference", "", "draws of the reference, npy [M,...]")
	c.Flags().IntVar(&cfg.Directions, "directions", cfg.Directions, "random directions of the max-sliced distance")
	c.Flags().IntVar(&cfg.Permutations, "permutations", cfg.Permutations, "permutations behind a probability")
	c.Flags().IntVar(&cfg.Max, "max", cfg.Max, "most draws of either side for what takes all pairs, and for the classifiers")
	return c
}
