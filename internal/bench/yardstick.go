package bench

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/internal/plan"
)

// Yardstick describes the U-Net by which engines are compared.
type Yardstick struct {
	Size
	Width, Blocks, Heads int   // channels of the first level, residual blocks of a level, attention heads
	Mult                 []int // width of every level in units of the first
	Attn                 []int // downsampling factors with attention
}

// DefaultYardstick returns the network of 9.6 million parameters at 8 images [3,32,32].
func DefaultYardstick() Yardstick {
	return Yardstick{Size: Size{Side: 32, Channels: 3, Batch: 8, Runs: 7}, Width: 64, Blocks: 2, Heads: 4, Mult: []int{1, 2, 2, 2}, Attn: []int{2}}
}

// network makes the network, by the constructor that files of weights are loaded with.
func (y Yardstick) network() (*adm.Network, error) {
	cfg, err := adm.Yardstick(y.Channels, y.Width, y.Mult, y.Blocks, y.Attn, y.Heads)
	if err != nil {
		return nil, err
	}
	return plan.NewUNet(cfg, false)
}

// Time times the network in one mode, with buffers within a budget in bytes, or any where it is 0. Afterwards, when
// memory has been read, the network is evaluated in float64 too; a result that is further than 1e-4 of the largest
// value away is an error. The network that was timed can be profiled.
func (y Yardstick) Time(ctx context.Context, mode string, budget int) (n *Net, t Timing, err error) {
	start := plan.PeakRSS()
	net, err := y.network()
	if err != nil {
		return nil, t, err
	}
	n = newNet(net, y.Size, 500, start)
	if n.Policy, err = n.Fit(mode, budget); err != nil {
		return nil, t, fmt.Errorf("--mem: %w", err)
	}
	if t, err = n.time(ctx, mode, y.Runs); err != nil {
		return nil, t, err
	}
	worst, err := n.check(min(y.Side, 1<<len(y.Mult)))
	if err != nil {
		return nil, t, err
	}
	t.Winograd = (autodiff.DefaultConvolutions() == autodiff.Winograd)
	if t.Error = &worst; !(worst <= 1e-4) {
		return nil, t, fmt.Errorf("the network is %.3g of the largest value away from itself in float64, want at most 1e-4 (kernels %s)", worst, t.Kernels)
	}
	return n, t, nil
}
