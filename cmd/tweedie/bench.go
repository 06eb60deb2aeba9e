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
	"tweedie/diffusion"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/train"
)

// timing is one line of a benchmark.
type timing struct {
	Name    string  `json:"name"`
	Median  float64 `json:"ms_per_image"`
	Least   float64 `json:"ms_per_image_min"`
	Mallocs float64 `json:"mallocs_per_run"`
	PeakMiB float64 `json:"arena_peak_mib"`
	Runs    int     `json:"runs"`
	Batch   int     `json:"batch"`
	Threads int     `json:"threads"`
	Params  int     `json:"params"`
}

func benchCommand(o *options) *cobra.Command {
	var size, channels, batch, runs, threads int
	score := &cobra.Command{
		Use: "score", Short: "Time the small score network: forward, VJP, divergence, its gradient, training step", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if size < 2 || channels < 1 || batch < 1 || runs < 1 || threads < 0 {
				return fmt.Errorf("--size, --channels, --batch, --runs and --threads are %d, %d, %d, %d, %d; all must be positive", size, channels, batch, runs, threads)
			}
			if threads > 0 {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
			}
			rows, err := benchScore(cmd.Context(), size, channels, batch, runs)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "conv-score %dx%dx%d, batch %d, %d threads, %d parameters\n", channels, size, size, batch, runtime.GOMAXPROCS(0), rows[0].Params)
			for _, r := range rows {
				fmt.Fprintf(cmd.OutOrStdout(), "%-9s %8.3f ms/image (best %.3f), %5.1f MiB, %.2f allocations\n", r.Name, r.Median, r.Least, r.PeakMiB, r.Mallocs)
			}
			return nil
		},
	}
	score.Flags().IntVar(&size, "size", 8, "rows and columns")
	score.Flags().IntVar(&channels, "channels", 1, "channels")
	score.Flags().IntVar(&batch, "batch", 64, "images")
	score.Flags().IntVar(&runs, "runs", 15, "timed runs")
	score.Flags().IntVar(&threads, "threads", 0, "threads; 0 is all")
	return group("bench", "Time the engine on this machine", score)
}

// benchScore times every kind of evaluation of the small score network.
func benchScore(ctx context.Context, size, channels, batch, runs int) ([]timing, error) {
	net, err := layers.NewConvScore(layers.Root(rng.New(0)), layers.DefaultConvScore(channels))
	if err != nil {
		return nil, err
	}
	for _, p := range net.Params() { // weights of a trained network are not zero
		rng.New(1).Split(p.Name(), 0).Stream().FillNorm32(p.Data())
		for i := range p.Data() {
			p.Data()[i] *= 0.05
		}
		p.Touch()
	}
	b := &scoreBench{net: net, x: make([]float32, batch*channels*size*size), shape: autodiff.S(batch, channels, size, size),
		level: make([]float64, batch), arena: autodiff.NewArena(), grads: train.NewGradients(net.Params()), adam: train.NewAdam(net.Params())}
	rng.New(2).Stream().FillNorm32(b.x)
	for i := range b.level {
		b.level[i] = 0.5
	}
	var rows []timing
	for _, m := range []struct {
		name string
		run  func()
	}{{"forward", b.forward}, {"vjp", b.vjp}, {"div", b.div}, {"divgrad", b.divgrad}, {"train", b.train}} {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		t := measure(m.run, runs, batch)
		t.Name, t.PeakMiB, t.Params = m.name, float64(b.arena.Peak())/(1<<20), layers.Count(net.Params())
		rows = append(rows, t)
		b.arena.Trim()
		b.arena.ResetPeak()
	}
	return rows, nil
}

// measure runs f three times to warm up and then counts and times runs of it.
func measure(f func(), runs, batch int) timing {
	for range 3 {
		f()
	}
	var before, after runtime.MemStats
	ms := make([]float64, runs)
	runtime.ReadMemStats(&before)
	for i := range ms {
		start := time.Now()
		f()
		ms[i] = time.Since(start).Seconds() * 1e3 / float64(batch)
	}
	runtime.ReadMemStats(&after)
	slices.Sort(ms)
	return timing{Median: ms[runs/2], Least: ms[0], Runs: runs, Batch: batch, Threads: runtime.GOMAXPROCS(0),
		Mallocs: math.Round(100*float64(after.Mallocs-before.Mallocs)/float64(runs)) / 100}
}

// scoreBench is a network with the inputs that its timings share.
type scoreBench struct {
	net   diffusion.Network
	x     []float32
	shape autodiff.Shape
	level []float64
	arena *autodiff.Arena
	grads *train.Gradients
	adam  *train.Adam
}

func (b *scoreBench) forward() {
	s := b.arena.Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	b.net.Forward(s, s.Const32(b.shape, b.x), b.level)
}

// record is the network on a tape with its input watched and its weights constant.
func (b *scoreBench) record() (s *autodiff.Scope, x, y autodiff.Var) {
	s = b.arena.Scope(autodiff.Record, autodiff.F32)
	s.Freeze()
	x = s.Watch(s.Const32(b.shape, b.x))
	return s, x, b.net.Forward(s, x, b.level)
}

func (b *scoreBench) vjp() {
	s, x, y := b.record()
	defer s.Close()
	var g [1]autodiff.Var
	s.ChildMode(autodiff.Eval).VJP([]autodiff.Var{y}, []autodiff.Var{x}, []autodiff.Var{x}, g[:])
}

// div is e^T J e with the probe e = x, by one VJP.
func (b *scoreBench) div() {
	s, x, y := b.record()
	defer s.Close()
	c := s.ChildMode(autodiff.Eval)
	var g [1]autodiff.Var
	c.VJP([]autodiff.Var{y}, []autodiff.Var{x}, []autodiff.Var{x}, g[:])
	c.Dot(g[0], c.StopGradient(x))
}

// divgrad is the gradient of e^T J e, reverse over forward.
func (b *scoreBench) divgrad() {
	s, x, y := b.record()
	defer s.Close()
	e := s.StopGradient(x)
	var t [1]autodiff.Var
	s.JVP([]autodiff.Var{x}, []autodiff.Var{e}, []autodiff.Var{y}, t[:])
	d := s.Dot(t[0], e)
	s.ChildMode(autodiff.Eval).Grad1(d, x)
}

func (b *scoreBench) train() {
	s := b.arena.Scope(autodiff.Record, autodiff.F32)
	defer s.Close()
	x := s.Const32(b.shape, b.x)
	loss := s.MeanAll(s.Square(s.Sub(b.net.Forward(s, x, b.level), x)))
	b.grads.Reset()
	b.grads.Accumulate(s, loss, 1)
	b.adam.Step(1e-4, b.grads)
}
