package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tweedie/autodiff"
	"tweedie/internal/build"
	"tweedie/internal/config"
	"tweedie/internal/kernel"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/train"
	"tweedie/zoo"
)

// timing is the result of one benchmark, with the keys of the PyTorch yardstick and some of its own. Sizes are in MiB.
type timing struct {
	Engine   string   `json:"engine"`
	Mode     string   `json:"mode"`
	Threads  int      `json:"threads"`
	Params   int      `json:"params"`
	Median   float64  `json:"ms_per_image"`
	Least    float64  `json:"ms_per_image_min"`
	PeakRSS  int      `json:"peak_rss_mib"`        // of the process; 0 where the system does not tell
	StartRSS int      `json:"start_rss_mib"`       // of it before the network was made
	Above    int      `json:"rss_above_start_mib"` // the difference
	Arena    float64  `json:"arena_peak_mib"`      // of the engine's buffers
	Held     float64  `json:"arena_held_mib"`      // with the gaps between them
	Mallocs  float64  `json:"mallocs_per_run"`
	Runs     int      `json:"runs"`
	Batch    int      `json:"batch"`
	Kernels  string   `json:"kernels"`
	Winograd bool     `json:"winograd,omitempty"` // minimal filtering was allowed
	Remat    string   `json:"remat,omitempty"`
	Error    *float64 `json:"error_to_float64,omitempty"` // of the largest value
}

func (t timing) String() string {
	return fmt.Sprintf("%-8s %9.3f ms/image (best %.3f), buffers %.1f MiB, process %d MiB, %.2f allocations a run", t.Mode, t.Median, t.Least, t.Arena, t.PeakRSS, t.Mallocs)
}

// measure runs f twice to warm up and then runs times. start is the size of the process before what f needs was made.
func measure(ctx context.Context, mode string, runs, batch, start int, arena *autodiff.Arena, f func() error) (timing, error) {
	ms := make([]float64, 0, runs)
	var before, after runtime.MemStats
	for i := range runs + 2 {
		if err := ctx.Err(); err != nil {
			return timing{}, err
		}
		if i == 2 {
			runtime.ReadMemStats(&before)
		}
		begin := time.Now()
		if err := f(); err != nil {
			return timing{}, err
		}
		if i >= 2 {
			ms = append(ms, time.Since(begin).Seconds()*1e3/float64(batch))
		}
	}
	runtime.ReadMemStats(&after)
	slices.Sort(ms)
	t := timing{Engine: "tweedie " + build.Version(), Mode: mode, Threads: runtime.GOMAXPROCS(0), Median: ms[runs/2], Least: ms[0],
		PeakRSS: peakRSS(), StartRSS: start, Mallocs: float64(after.Mallocs-before.Mallocs) / float64(runs), Runs: runs, Batch: batch, Kernels: kernel.Path()}
	t.Above = t.PeakRSS - start
	if arena != nil {
		t.Arena, t.Held = mib(arena.Peak()), mib(arena.Held())
	}
	return t, nil
}

func mib(bytes int) float64 { return float64(bytes) / (1 << 20) }

// printLine writes v as one line of JSON.
func printLine(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

func benchCommand(o *options) *cobra.Command {
	subs := []*cobra.Command{benchScoreCommand(o), benchUNetCommand(o), benchCompareCommand(o), benchLoadCommand(o), benchRealNVPCommand(o)}
	return group("bench", "Time the engine on this machine", append(subs, benchPriorCommands(o)...)...)
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
	c := config.Check("")
	c.Int("--size", b.size, 2, config.MostSide)
	c.Int("--channels", b.channels, 1, config.MostBatch)
	c.Int("--batch", b.batch, 1, maxInput)
	c.Int("--runs", b.runs, 1, config.MostSteps)
	c.Int("--threads", b.threads, 0, maxThreads)
	if err := c.Err(); err != nil {
		return nil, err
	}
	if n, ok := config.Size(b.size, b.size, b.channels, b.batch); !ok || n > maxInput {
		return nil, fmt.Errorf("--size %d, --channels %d and --batch %d make more than %d values", b.size, b.channels, b.batch, maxInput)
	}
	old := runtime.GOMAXPROCS(b.threads)
	return func() { runtime.GOMAXPROCS(old) }, nil
}

// netBench is a network with the state that its timings share.
type netBench struct {
	*workload
	net   zoo.Network
	start int
	arena *autodiff.Arena
	grads *train.Gradients
	adam  *train.Adam
}

// newNetBench gives the network weights of a plausible size, as a trained one has, and random images.
func newNetBench(net zoo.Network, b benchSize, label float64, start int) *netBench {
	for _, p := range net.Params() {
		rng.New(1).Split(p.Name(), 0).Stream().FillNorm32(p.Data())
		scale := float32(1 / math.Sqrt(float64(max(1, p.Shape().Size()/max(1, p.Shape().Dim(0))))))
		for i := range p.Data() {
			p.Data()[i] *= scale
		}
		p.Touch()
	}
	labels := slices.Repeat([]float64{label}, b.batch)
	field := func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return net.Forward(s, x, labels[:x.Dim(0)]) }
	return &netBench{workload: newWorkload(autodiff.S(b.batch, b.channels, b.size, b.size), field).randomize(), net: net, start: start, arena: autodiff.NewArena()}
}

// benchModes are what can be timed, in the order of their cost.
var benchModes = []string{"fwd", "vjp", "div", "divgrad", "train"}

// mode is what one mode runs, nil for none.
func (n *netBench) mode(mode string) func(*autodiff.Arena) {
	return map[string]func(*autodiff.Arena){"fwd": n.forward, "vjp": n.vjp, "div": n.div, "divgrad": n.divgrad, "train": n.train}[mode]
}

// time warms up and measures one mode.
func (n *netBench) time(ctx context.Context, mode string, runs int) (t timing, err error) {
	defer autodiff.Catch(&err)
	f := n.mode(mode)
	if f == nil {
		return timing{}, fmt.Errorf("--mode %q is unknown; it is one of %v", mode, benchModes)
	}
	t, err = measure(ctx, mode, runs, n.shape.Dim(0), n.start, n.arena, func() error { f(n.arena); return nil })
	t.Params, t.Remat = layers.Count(n.net.Params()), n.policy.String()
	return t, err
}

// train is a step of Adam on the loss.
func (n *netBench) train(a *autodiff.Arena) {
	if n.adam == nil {
		n.grads, n.adam = train.NewGradients(n.net.Params()), train.NewAdam(n.net.Params())
	}
	s, loss := n.loss(a)
	defer s.Close()
	n.grads.Reset()
	n.grads.Accumulate(s, loss, 1)
	n.adam.Step(1e-4, n.grads)
}
