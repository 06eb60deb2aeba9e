package cli

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// yardstick are the flags of the U-Net by which engines are compared.
type yardstick struct {
	benchSize
	width, blocks, heads int
	mult, attn           []int
}

func (y *yardstick) flags(c *cobra.Command) {
	y.benchSize.flags(c, 32, 3, 8, 7)
	c.Flags().IntVar(&y.width, "width", 64, "channels of the first level")
	c.Flags().IntSliceVar(&y.mult, "mult", []int{1, 2, 2, 2}, "width of every level in units of the first")
	c.Flags().IntVar(&y.blocks, "blocks", 2, "residual blocks of a level")
	c.Flags().IntSliceVar(&y.attn, "attn", []int{2}, "downsampling factors with attention")
	c.Flags().IntVar(&y.heads, "heads", 4, "attention heads")
}

// network makes the network, by the constructor that files of weights are loaded with.
func (y *yardstick) network() (*unet.ADM, error) {
	cfg, err := unet.Yardstick(y.channels, y.width, y.mult, y.blocks, y.attn, y.heads)
	if err != nil {
		return nil, err
	}
	return newUNet(cfg, false)
}

// newUNet makes a network with fresh weights, or a blank one, and refuses one whose weights fit no memory.
func newUNet(cfg unet.ADMConfig, blank bool) (*unet.ADM, error) {
	at := layers.Root(rng.New(0))
	net, err := unet.NewADM(at.Blank(), cfg)
	if err != nil || blank {
		return net, err
	}
	if err := layers.CheckSize("unet", net.Params()); err != nil {
		return nil, err
	}
	return unet.NewADM(at, cfg)
}

func benchUNetCommand(o *options) *cobra.Command {
	y := &yardstick{}
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
			restore, err := y.use()
			if err != nil {
				return err
			}
			defer restore()
			budget, err := memFlag(mem)
			if err != nil {
				return err
			}
			start := peakRSS()
			net, err := y.network()
			if err != nil {
				return err
			}
			n := newNetBench(net, y.benchSize, 500, start)
			if n.policy, err = n.fit(mode, budget); err != nil {
				return err
			}
			t, err := n.time(cmd.Context(), mode, y.runs)
			if err != nil {
				return err
			}
			worst, err := n.check(min(y.size, 1<<len(y.mult)))
			if err != nil {
				return err
			}
			t.Winograd = autodiff.DefaultConvolutions() == autodiff.Winograd
			if t.Error = &worst; !(worst <= 1e-4) {
				return fmt.Errorf("the network is %.3g of the largest value away from itself in float64, want at most 1e-4 (kernels %s)", worst, t.Kernels)
			}
			if err := printLine(cmd.OutOrStdout(), t); err != nil || !ops {
				return err
			}
			rows, err := n.profile(mode, y.runs)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			return printOps(cmd.OutOrStdout(), rows)
		},
	}
	y.flags(c)
	c.Flags().StringVar(&mode, "mode", "fwd", "fwd, vjp, div, divgrad or train")
	c.Flags().BoolVar(&ops, "ops", false, "the time of every op, too")
	c.Flags().StringVar(&mem, "mem", "", "memory for buffers, such as 4GiB: what does not fit otherwise is computed again")
	return c
}

// fit is the fastest policy under which a mode fits into a budget in bytes; 0 is no limit.
func (n *netBench) fit(mode string, budget int) (autodiff.Policy, error) {
	if budget == 0 || n.step(mode) == nil {
		return autodiff.RematNone, nil
	}
	p, _, err := autodiff.Choose(budget, func(a *autodiff.Arena, p autodiff.Policy) {
		w := *n.workload
		w.policy = p
		w.step(mode)(a)
	})
	if err != nil {
		return p, fmt.Errorf("--mem: %w", err)
	}
	return p, nil
}

// check is the largest difference between the network in float32 and in float64 on one image with the given rows and
// columns, over the largest value.
func (n *netBench) check(size int) (worst float64, err error) {
	defer autodiff.Catch(&err)
	shape := autodiff.S(1, n.shape.Dim(1), size, size)
	values := func(dt autodiff.DType) []float64 {
		s := autodiff.NewArena().Scope(autodiff.Eval, dt)
		defer s.Close()
		y := n.field(s, s.Const32(shape, n.x[:shape.Size()]))
		v := make([]float64, y.Size())
		y.CopyTo64(v)
		return v
	}
	got, want := values(autodiff.F32), values(autodiff.F64)
	largest := 0.0
	for i, v := range want {
		largest = math.Max(largest, math.Abs(v))
		worst = math.Max(worst, math.Abs(got[i]-v))
	}
	return worst / largest, nil
}
