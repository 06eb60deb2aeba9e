// Package bench times the engine on the machine that it runs on: networks in every mode, samplers, methods, the reading
// of weights, and single ops.
//
// Every benchmark runs its work twice to warm up and then Runs times, and gives the median and the least time per image
// as a Timing, whose JSON has the keys of the PyTorch yardstick. Contest times the same network here and in another
// program, in turn, each in fresh processes. Examine says what a machine offers.
package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"tweedie/autodiff"
	"tweedie/internal/build"
	"tweedie/internal/kernel"
	"tweedie/internal/plan"
)

// Timing is the result of one benchmark, with the keys of the PyTorch yardstick and some of its own. Sizes are in MiB.
type Timing struct {
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

// String prints the times and sizes on one line.
func (t Timing) String() string {
	return fmt.Sprintf("%-8s %9.3f ms/image (best %.3f), buffers %.1f MiB, process %d MiB, %.2f allocations a run", t.Mode, t.Median, t.Least, t.Arena, t.PeakRSS, t.Mallocs)
}

// measure runs f twice to warm up and then runs times. start is the size of the process in MiB before what f needs was
// made; arena may be nil.
func measure(ctx context.Context, mode string, runs, batch, start int, arena *autodiff.Arena, f func() error) (Timing, error) {
	ms := make([]float64, 0, runs)
	var before, after runtime.MemStats
	for i := range runs + 2 {
		if err := ctx.Err(); err != nil {
			return Timing{}, err
		}
		if i == 2 {
			runtime.ReadMemStats(&before)
		}
		begin := time.Now()
		if err := f(); err != nil {
			return Timing{}, err
		}
		if i >= 2 {
			ms = append(ms, time.Since(begin).Seconds()*1e3/float64(batch))
		}
	}
	runtime.ReadMemStats(&after)
	slices.Sort(ms)
	t := Timing{Engine: "tweedie " + build.Version(), Mode: mode, Threads: runtime.GOMAXPROCS(0), Median: ms[runs/2], Least: ms[0],
		PeakRSS: plan.PeakRSS(), StartRSS: start, Mallocs: float64(after.Mallocs-before.Mallocs) / float64(runs), Runs: runs, Batch: batch, Kernels: kernel.Path()}
	t.Above = t.PeakRSS - start
	if arena != nil {
		t.Arena, t.Held = plan.MiB(arena.Peak()), plan.MiB(arena.Held())
	}
	return t, nil
}
