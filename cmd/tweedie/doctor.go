package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/cpu"

	"tweedie/internal/kernel"
	"tweedie/zoo"
)

// health is what doctor reports.
type health struct {
	Version   string             `json:"version"`
	Go        string             `json:"go"`
	Platform  string             `json:"platform"`
	Processes int                `json:"gomaxprocs"`
	Features  []string           `json:"cpu_features"`
	Kernels   string             `json:"kernels"`
	Problem   string             `json:"problem,omitempty"`
	GFLOPS    map[string]float64 `json:"gflops"`
	Priors    []string           `json:"priors"`
}

func doctorCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Show what this machine offers and which kernels run on it",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			h := examine()
			if o.json {
				return printJSON(cmd.OutOrStdout(), h)
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "tweedie %s, %s, %s\n", h.Version, h.Go, h.Platform)
			fmt.Fprintf(w, "processors    %d in use (GOMAXPROCS)\n", h.Processes)
			fmt.Fprintf(w, "cpu features  %v\n", h.Features)
			fmt.Fprintf(w, "kernels       %s (TWEEDIE_KERNELS=generic|avx2|avx512 pins one)\n", h.Kernels)
			if h.Problem != "" {
				fmt.Fprintf(w, "              %s\n", h.Problem)
			}
			for _, n := range []string{"256", "512"} {
				fmt.Fprintf(w, "matrix product %s^3  %.0f GFLOP/s\n", n, h.GFLOPS[n])
			}
			fmt.Fprintf(w, "priors        %v\n", h.Priors)
			return nil
		},
	}
}

func examine() health {
	h := health{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Processes: runtime.GOMAXPROCS(0), Features: features(), Kernels: kernel.Path(), Priors: zoo.Names(),
		GFLOPS: map[string]float64{"256": gemmRate(256), "512": gemmRate(512)}}
	if err := kernel.PathError(); err != nil {
		h.Problem = err.Error()
	}
	return h
}

func version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(unknown)"
}

func features() []string {
	f := []string{}
	for name, ok := range map[string]bool{
		"avx2": cpu.X86.HasAVX2, "fma": cpu.X86.HasFMA, "avx512f": cpu.X86.HasAVX512F, "avx512vl": cpu.X86.HasAVX512VL,
		"avx512bw": cpu.X86.HasAVX512BW, "asimd": cpu.ARM64.HasASIMD,
	} {
		if ok {
			f = append(f, name)
		}
	}
	slices.Sort(f)
	return f
}

// gemmRate times n x n matrix products for a fifth of a second and returns the best rate in GFLOP/s.
func gemmRate(n int) float64 {
	a, b, c := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
	for i := range a {
		a[i], b[i] = float32(i%7), float32(i%5)
	}
	best := 0.0
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		start := time.Now()
		kernel.Gemm(kernel.GemmArgs{Batch: 1, M: n, N: n, K: n}, c, a, b)
		best = max(best, 2*float64(n)*float64(n)*float64(n)/time.Since(start).Seconds()/1e9)
	}
	return best
}
