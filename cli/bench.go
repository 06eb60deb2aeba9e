package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tweedie/internal/bench"
	"tweedie/internal/plan"
)

func benchCommand(o *options) *cobra.Command {
	subs := []*cobra.Command{benchScoreCommand(o), benchUNetCommand(o), benchCompareCommand(), benchLoadCommand(), benchRealNVPCommand(o)}
	for _, w := range bench.PriorWorks() {
		subs = append(subs, benchPriorCommand(o, w))
	}
	return group("bench", "Time the engine on this machine", subs...)
}

// sizeFlags declares the flags that every benchmark of a network has; the values in s are the defaults.
func sizeFlags(c *cobra.Command, s *bench.Size) {
	c.Flags().IntVar(&s.Side, "size", s.Side, "rows and columns")
	c.Flags().IntVar(&s.Channels, "channels", s.Channels, "channels")
	c.Flags().IntVar(&s.Batch, "batch", s.Batch, "images")
	c.Flags().IntVar(&s.Runs, "runs", s.Runs, "timed runs")
	c.Flags().IntVar(&s.Threads, "threads", s.Threads, "threads; 0 is all")
}

// yardstickFlags declares the flags of the U-Net by which engines are compared; the values in y are the defaults.
func yardstickFlags(c *cobra.Command, y *bench.Yardstick) {
	sizeFlags(c, &y.Size)
	c.Flags().IntVar(&y.Width, "width", y.Width, "channels of the first level")
	c.Flags().IntSliceVar(&y.Mult, "mult", y.Mult, "width of every level in units of the first")
	c.Flags().IntVar(&y.Blocks, "blocks", y.Blocks, "residual blocks of a level")
	c.Flags().IntSliceVar(&y.Attn, "attn", y.Attn, "downsampling factors with attention")
	c.Flags().IntVar(&y.Heads, "heads", y.Heads, "attention heads")
}

// printLine writes v as one line of JSON.
func printLine(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// timed runs a benchmark with the threads of its size and prints the timing as one line of JSON.
func timed(cmd *cobra.Command, s bench.Size, run func() (bench.Timing, error)) error {
	restore, err := s.Use()
	if err != nil {
		return err
	}
	defer restore()
	t, err := run()
	if err != nil {
		return err
	}
	return printLine(cmd.OutOrStdout(), t)
}

func benchScoreCommand(o *options) *cobra.Command {
	s := bench.Size{Side: 8, Channels: 1, Batch: 64, Runs: 15}
	c := &cobra.Command{
		Use: "score", Short: "The small score network in every mode", Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			restore, err := s.Use()
			if err != nil {
				return err
			}
			defer restore()
			rows, err := bench.Score(cmd.Context(), s)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "conv-score %dx%dx%d, batch %d, %d threads, %d parameters\n", s.Channels, s.Side, s.Side, s.Batch, runtime.GOMAXPROCS(0), rows[0].Params)
			for _, r := range rows {
				fmt.Fprintln(cmd.OutOrStdout(), r)
			}
			return nil
		},
	}
	sizeFlags(c, &s)
	return c
}

func benchUNetCommand(o *options) *cobra.Command {
	y := bench.DefaultYardstick()
	var mode, mem string
	var ops bool
	c := &cobra.Command{
		Use: "unet", Short: "The U-Net by which engines are compared, in one mode; prints one line of JSON", Args: noArgs,
		Long: `Time the U-Net by which engines are compared. Modes: fwd, vjp (gradient by the input), div
(divergence with one probe), divgrad (its gradient by the input), train (a step of Adam).
Prints one line of JSON, and with --ops, from as many more runs, the time of every op by the shape
of its result (a list with --json). Give each mode a process of its own where memory is compared.
After the timing, when memory has been read, the network is evaluated on one small image in
float64 too; a result more than 1e-4 of the largest value away is an error.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			restore, err := y.Use()
			if err != nil {
				return err
			}
			defer restore()
			budget, err := plan.ParseBytes("--mem", mem)
			if err != nil {
				return err
			}
			n, t, err := y.Time(cmd.Context(), mode, budget)
			if err != nil {
				return err
			}
			if err := printLine(cmd.OutOrStdout(), t); err != nil || !ops {
				return err
			}
			rows, err := n.Profile(mode, y.Runs)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			return printOps(cmd.OutOrStdout(), rows)
		},
	}
	yardstickFlags(c, &y)
	c.Flags().StringVar(&mode, "mode", "fwd", "fwd, vjp, div, divgrad or train")
	c.Flags().BoolVar(&ops, "ops", false, "the time of every op, too")
	c.Flags().StringVar(&mem, "mem", "", "memory for buffers, such as 4GiB: what does not fit otherwise is computed again")
	return c
}

// printOps writes the rows as a table.
func printOps(w io.Writer, rows []bench.OpTime) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "ms a run\tshare\tcalls\tms a call\top\tresult\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%.3f\t%.1f%%\t%g\t%.3f\t%s\t%s\t\n", r.Millis, 100*r.Share, r.Calls, r.Millis/r.Calls, r.Op, r.Shape)
	}
	return t.Flush()
}

func benchCompareCommand() *cobra.Command {
	f := bench.Contest{Yardstick: bench.DefaultYardstick()}
	c := &cobra.Command{Use: "compare", Short: "Time the yardstick here and in another program, in turn; prints JSON lines", Args: noArgs,
		Long: `Run bench unet and a script that takes the same flags and prints the same keys, in turn, each in a
fresh process, --rounds times; print medians and ratios as one line of JSON for each mode. A script
that has several ways, such as channels-last, is run in each (--variant); the faster counts.`,
		Example: "  tweedie bench compare --script torch_unet.py --variant '' --variant --channels-last --mode fwd,train --threads 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.Check(); err != nil {
				return err
			}
			self, err := os.Executable()
			if err != nil {
				return err
			}
			for _, m := range f.Modes {
				r, err := f.Play(cmd.Context(), self, m)
				if err != nil {
					return err
				}
				if err := printLine(cmd.OutOrStdout(), r); err != nil {
					return err
				}
			}
			return nil
		}}
	yardstickFlags(c, &f.Yardstick)
	c.Flags().StringVar(&f.Python, "python", "python3", "program that runs the script; empty to run it itself")
	c.Flags().StringVar(&f.Script, "script", "", "the other side")
	c.Flags().StringArrayVar(&f.Variants, "variant", []string{""}, "more arguments for the script, in words; may be repeated")
	c.Flags().StringSliceVar(&f.Modes, "mode", bench.Modes, "modes")
	c.Flags().IntVar(&f.Rounds, "rounds", 5, "processes on each side")
	return c
}
