package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tweedie/families/adm"
	"tweedie/internal/plan"
)

func planCommand(o *options) *cobra.Command {
	var prior, preset, network, mem string
	var batch, size, class int
	var timed bool
	c := &cobra.Command{
		Use:   "plan",
		Short: "Predict the memory of a run, and its time, before it starts",
		Long: `Predict the memory of every kind of run with a network at a batch size, without running it: shapes
are followed, no number is computed. With --mem a mode whose buffers do not fit is planned with the
blocks of the network computed again in derivatives (remat block), when that fits. With --timed
each mode that fits is run once, after one run to warm up.
The process is the program, weights, buffers, and what its optimiser and kernels keep.`,
		Example: `  tweedie plan --prior model.safetensors --batch 16 --mem 4GiB
  tweedie plan --preset ffhq_10m --batch 1 --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			budget, err := plan.ParseBytes("--mem", mem)
			if err != nil {
				return err
			}
			t, err := planTarget(prior, preset, network, class, batch, size, timed)
			if err != nil {
				return err
			}
			rows, err := t.All(cmd.Context(), budget, timed)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			printPlan(cmd.OutOrStdout(), t, batch, rows, timed)
			return nil
		},
	}
	c.Flags().StringVar(&prior, "prior", "", priorUsage)
	classFlag(c.Flags(), &class)
	c.Flags().StringVar(&preset, "preset", "", "published U-Net, such as ffhq_10m")
	c.Flags().StringVar(&network, "network", "", "configuration of a U-Net, JSON or a file with it")
	c.Flags().IntVar(&batch, "batch", 1, "images")
	c.Flags().IntVar(&size, "size", 0, "rows and columns, where the configuration does not say")
	c.Flags().StringVar(&mem, "mem", "", "memory for buffers, such as 4GiB or 4G")
	c.Flags().BoolVar(&timed, "timed", false, "run each mode that fits once and tell the time")
	return c
}

// planTarget opens the network that the flags name. The network has no weights of its own unless it is to be run.
func planTarget(prior, preset, network string, class, batch, size int, run bool) (*plan.Target, error) {
	given := 0
	for _, s := range []string{prior, preset, network} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return nil, errors.New("give one of --prior, --preset and --network")
	}
	if prior == "" && class != noClass {
		return nil, fmt.Errorf("--class is %d; it goes with --prior: leave it out", class)
	}
	if prior != "" {
		if size != 0 {
			return nil, fmt.Errorf("--size is %d; the images of --prior have a size of their own: leave one of the two out", size)
		}
		p, err := openPriorOf(prior, class, nil)
		if err != nil {
			return nil, err
		}
		return plan.OfPrior(p, batch)
	}
	cfg, err := adm.Preset(preset)
	if network != "" {
		var text []byte
		if text, err = jsonFlag("--network", network, `{"in_channels":1,"model_channels":32}`); err == nil {
			cfg, err = adm.Parse(text)
		}
	}
	if err != nil {
		return nil, err
	}
	return plan.OfUNet(preset, cfg, batch, size, run)
}

// printPlan writes the predictions as a table.
func printPlan(w io.Writer, t *plan.Target, batch int, rows []plan.Prediction, timed bool) {
	fmt.Fprintf(w, "%s, batch %d, %d parameters; MiB\n%-9s %9s %9s %9s %9s %9s  %-6s", t.Name, batch, t.Params, "mode", "buffers", "held", "weights", "optimizer", "process", "remat")
	if timed {
		fmt.Fprintf(w, " %10s", "ms/image")
	}
	fmt.Fprintln(w)
	for _, r := range rows {
		fmt.Fprintf(w, "%-9s %9.1f %9.1f %9.1f %9.1f %9.0f  %-6s", r.Mode, r.Peak, r.Held, r.Weights, r.State, r.Process, r.Remat)
		if r.MS > 0 {
			fmt.Fprintf(w, " %10.2f", r.MS)
		}
		if r.Problem != "" {
			fmt.Fprintf(w, "  %s", r.Problem)
		}
		fmt.Fprintln(w)
	}
}
