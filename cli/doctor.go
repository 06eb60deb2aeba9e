package cli

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/cpu"

	"tweedie/autodiff"
	"tweedie/internal/build"
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
	GFLOPS    map[string]float64 `json:"gflops"`
	Winograd  bool               `json:"winograd"`     // minimal filtering is allowed
	Convs     []convRow          `json:"convolutions"` // 3x3, stride 1
	Step      float64            `json:"forward_ms"`   // of the U-Net by which engines are compared, one image, the second pass
	Priors    []string           `json:"priors"`
}

func doctorCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Show what this machine offers and which kernels run on it",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := examine()
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), h)
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "tweedie %s, %s, %s\n", h.Version, h.Go, h.Platform)
			fmt.Fprintf(w, "processors    %d in use (GOMAXPROCS)\n", h.Processes)
			fmt.Fprintf(w, "cpu features  %v\n", h.Features)
			fmt.Fprintf(w, "kernels       %s (TWEEDIE_KERNELS=generic|avx2|avx512 pins one)\n", h.Kernels)
			for _, n := range []string{"256", "512"} {
				fmt.Fprintf(w, "matrix product %s^3  %.0f GFLOP/s\n", n, h.GFLOPS[n])
			}
			fmt.Fprintf(w, "U-Net, 9.6 million parameters, 3x32x32: %.0f ms for one image\n", h.Step)
			fmt.Fprintf(w, "3x3 convolutions (TWEEDIE_WINOGRAD=off computes all directly)\n")
			for _, r := range h.Convs {
				fmt.Fprintf(w, "  %4d -> %4d channels, %3dx%-3d  %s\n", r.In, r.Out, r.Side, r.Side, r.Algorithm)
			}
			fmt.Fprintf(w, "priors        %v\n", h.Priors)
			return nil
		},
	}
}

// convRow says how a convolution of these sizes is computed.
type convRow struct {
	In        int    `json:"in"`
	Out       int    `json:"out"`
	Side      int    `json:"side"`               // rows and columns
	Upsample  int    `json:"upsample,omitempty"` // repeats of every row and column before
	Algorithm string `json:"algorithm"`
}

// convTable is the algorithms for the sizes that U-Nets have.
func convTable() (rows []convRow) {
	for _, c := range [][4]int{{3, 64, 32}, {32, 32, 32}, {64, 64, 32}, {128, 128, 16}, {128, 128, 8}, {256, 256, 8}, {128, 128, 4}, {64, 3, 32}, {256, 256, 256}, {128, 128, 32, 2}} {
		p := kernel.ConvArgs{N: 1, C: c[0], K: c[1], Groups: 1, Dims: 2, Direct: autodiff.DefaultConvolutions() == autodiff.Direct}
		for i := range 2 {
			p.In[i], p.Out[i], p.Kernel[i], p.Stride[i], p.Dilation[i], p.PadLo[i], p.PadHi[i] = c[2], c[2], 3, 1, 1, 1, 1
			if c[3] > 0 {
				p.In[i], p.Upsample[i] = c[2]/c[3], c[3]
			}
		}
		rows = append(rows, convRow{c[0], c[1], c[2], c[3], kernel.ConvAlgorithm(p)})
	}
	return rows
}

// forwardTime is that of the second pass of one image through the yardstick, in milliseconds.
func forwardTime() (float64, error) {
	y := &yardstick{benchSize: benchSize{size: 32, channels: 3, batch: 1}, width: 64, blocks: 2, heads: 4, mult: []int{1, 2, 2, 2}, attn: []int{2}}
	net, err := y.network()
	if err != nil {
		return 0, err
	}
	n := newNetBench(net, y.benchSize, 500, 0)
	t := &target{workload: n.workload}
	return t.once("fwd")
}

func examine() (h health, err error) {
	h = health{Version: build.Version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Processes: runtime.GOMAXPROCS(0), Features: features(), Kernels: kernel.Path(), Priors: zoo.Names(),
		GFLOPS:   map[string]float64{"256": gemmRate(256), "512": gemmRate(512)},
		Winograd: autodiff.DefaultConvolutions() == autodiff.Winograd, Convs: convTable()}
	h.Step, err = forwardTime()
	return h, err
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
