package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/train"
	"tweedie/zoo"
)

// timing is the result of one benchmark, with the keys of the PyTorch yardstick and some of its own.
type timing struct {
	Engine  string  `json:"engine"`
	Mode    string  `json:"mode"`
	Threads int     `json:"threads"`
	Params  int     `json:"params"`
	Median  float64 `json:"ms_per_image"`
	Least   float64 `json:"ms_per_image_min"`
	PeakRSS int     `json:"peak_rss_mib"`   // of the process; 0 where the system does not tell
	Arena   float64 `json:"arena_peak_mib"` // of the engine's buffers
	Mallocs float64 `json:"mallocs_per_run"`
	Runs    int     `json:"runs"`
	Batch   int     `json:"batch"`
}

func (t timing) String() string {
	return fmt.Sprintf("%-8s %9.3f ms/image (best %.3f), buffers %.1f MiB, process %d MiB, %.2f allocations a run", t.Mode, t.Median, t.Least, t.Arena, t.PeakRSS, t.Mallocs)
}

func benchCommand(o *options) *cobra.Command {
	return group("bench", "Time the engine on this machine", benchScoreCommand(o), benchUNetCommand(o))
}

// benchSize are the flags that every benchmark of a network has.
type benchSize struct {
	size, channels, batch, runs, threads int
}

func (b *benchSize) flags(c *cobra.Command, size, channels, batch, runs int) {
	c.Flags().IntVar(&b.size, "size", size, "rows and columns")
	c.Flags().IntVar(&b.channels, "channels", channels, "channels")
	c.Flags().IntVar(&b.batch, "batch", batch, "images")
	c.Flags().IntVar(&b.runs, "runs", runs, "timed runs")
	c.Flags().IntVar(&b.threads, "threads", 0, "threads; 0 is all")
}

// maxThreads is more than any machine has use for; each thread takes memory.
const maxThreads = 1024

// use checks the sizes and sets the number of threads until restore is called.
func (b *benchSize) use() (restore func(), err error) {
	if b.size < 2 || b.channels < 1 || b.batch < 1 || b.runs < 1 || b.threads < 0 {
		return nil, fmt.Errorf("--size, --channels, --batch, --runs and --threads are %d, %d, %d, %d, %d; want at least 2, 1, 1, 1, 0", b.size, b.channels, b.batch, b.runs, b.threads)
	}
	if b.threads > maxThreads {
		return nil, fmt.Errorf("--threads is %d; the most is %d", b.threads, maxThreads)
	}
	const most = maxValues >> 6 // a network holds far more than its input
	if b.size > most/b.size || b.channels > most/(b.size*b.size) || b.batch > most/(b.size*b.size*b.channels) {
		return nil, fmt.Errorf("--size %d, --channels %d and --batch %d make more than %d values", b.size, b.channels, b.batch, most)
	}
	old := runtime.GOMAXPROCS(b.threads)
	return func() { runtime.GOMAXPROCS(old) }, nil
}

// netBench is a network with the inputs that its timings share.
type netBench struct {
	net   zoo.Network
	shape autodiff.Shape
	x     []float32
	label []float64
	arena *autodiff.Arena
	grads *train.Gradients
	adam  *train.Adam
}

// newNetBench gives the network weights of a plausible size, as a trained one has, and random images.
func newNetBench(net zoo.Network, b benchSize, label float64) *netBench {
	for _, p := range net.Params() {
		rng.New(1).Split(p.Name(), 0).Stream().FillNorm32(p.Data())
		scale := float32(1 / math.Sqrt(float64(max(1, p.Shape().Size()/max(1, p.Shape().Dim(0))))))
		for i := range p.Data() {
			p.Data()[i] *= scale
		}
		p.Touch()
	}
	n := &netBench{net: net, shape: autodiff.S(b.batch, b.channels, b.size, b.size), arena: autodiff.NewArena(),
		grads: train.NewGradients(net.Params()), adam: train.NewAdam(net.Params())}
	n.x = make([]float32, n.shape.Size())
	rng.New(2).Stream().FillNorm32(n.x)
	n.label = slices.Repeat([]float64{label}, b.batch)
	return n
}

// benchModes are what can be timed, in the order of their cost.
var benchModes = []string{"fwd", "vjp", "div", "divgrad", "train"}

// time warms up and measures one mode.
func (n *netBench) time(ctx context.Context, mode string, runs int) (t timing, err error) {
	defer autodiff.Catch(&err)
	f, ok := map[string]func(){"fwd": n.forward, "vjp": n.vjp, "div": n.div, "divgrad": n.divgrad, "train": n.train}[mode]
	if !ok {
		return timing{}, fmt.Errorf("--mode %q is unknown; it is one of %v", mode, benchModes)
	}
	f()
	f()
	batch := n.shape.Dim(0)
	var before, after runtime.MemStats
	ms := make([]float64, 0, runs)
	runtime.ReadMemStats(&before)
	for range runs {
		if err := ctx.Err(); err != nil {
			return timing{}, err
		}
		start := time.Now()
		f()
		ms = append(ms, time.Since(start).Seconds()*1e3/float64(batch))
	}
	runtime.ReadMemStats(&after)
	slices.Sort(ms)
	return timing{Engine: "tweedie " + version(), Mode: mode, Threads: runtime.GOMAXPROCS(0), Params: layers.Count(n.net.Params()),
		Median: ms[runs/2], Least: ms[0], PeakRSS: peakRSS(), Arena: float64(n.arena.Peak()) / (1 << 20),
		Mallocs: float64(after.Mallocs-before.Mallocs) / float64(runs), Runs: runs, Batch: batch}, nil
}

func (n *netBench) forward() {
	s := n.arena.Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	n.net.Forward(s, s.Const32(n.shape, n.x), n.label)
}

// record is the network on a tape with its input watched and its weights constant.
func (n *netBench) record() (s *autodiff.Scope, x, y autodiff.Var) {
	s = n.arena.Scope(autodiff.Record, autodiff.F32)
	s.Freeze()
	x = s.Watch(s.Const32(n.shape, n.x))
	return s, x, n.net.Forward(s, x, n.label)
}

func (n *netBench) vjp() {
	s, x, y := n.record()
	defer s.Close()
	var g [1]autodiff.Var
	s.ChildMode(autodiff.Eval).VJP([]autodiff.Var{y}, []autodiff.Var{x}, []autodiff.Var{x}, g[:])
}

// div is e^T J e with the probe e = x, by one VJP.
func (n *netBench) div() {
	s, x, y := n.record()
	defer s.Close()
	c := s.ChildMode(autodiff.Eval)
	var g [1]autodiff.Var
	c.VJP([]autodiff.Var{y}, []autodiff.Var{x}, []autodiff.Var{x}, g[:])
	c.Dot(g[0], c.StopGradient(x))
}

// divgrad is the gradient of e^T J e, reverse over forward.
func (n *netBench) divgrad() {
	s, x, y := n.record()
	defer s.Close()
	e := s.StopGradient(x)
	var t [1]autodiff.Var
	s.JVP([]autodiff.Var{x}, []autodiff.Var{e}, []autodiff.Var{y}, t[:])
	d := s.Dot(t[0], e)
	s.ChildMode(autodiff.Eval).Grad1(d, x)
}

// train is a step of Adam on |net(x) - x|^2.
func (n *netBench) train() {
	s := n.arena.Scope(autodiff.Record, autodiff.F32)
	defer s.Close()
	x := s.Const32(n.shape, n.x)
	loss := s.MeanAll(s.Square(s.Sub(n.net.Forward(s, x, n.label), x)))
	n.grads.Reset()
	n.grads.Accumulate(s, loss, 1)
	n.adam.Step(1e-4, n.grads)
}
