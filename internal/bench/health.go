package bench

import (
	"context"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/cpu"

	"tweedie/autodiff"
	"tweedie/internal/build"
	"tweedie/internal/kernel"
	"tweedie/prior"
)

// Health says what a machine offers and what the program makes of it.
type Health struct {
	Version   string             `json:"version"`
	Go        string             `json:"go"`
	Platform  string             `json:"platform"`
	Processes int                `json:"gomaxprocs"`
	Features  []string           `json:"cpu_features"`
	Kernels   string             `json:"kernels"`
	GFLOPS    map[string]float64 `json:"gflops"`       // of square matrix products, by their rows
	Winograd  bool               `json:"winograd"`     // minimal filtering is allowed
	Convs     []Conv             `json:"convolutions"` // 3x3, stride 1
	Step      float64            `json:"forward_ms"`   // of the U-Net by which engines are compared, one image, the second pass
	Priors    []string           `json:"priors"`
}

// Conv says how a convolution of these sizes is computed.
type Conv struct {
	In        int    `json:"in"`
	Out       int    `json:"out"`
	Side      int    `json:"side"`               // rows and columns
	Upsample  int    `json:"upsample,omitempty"` // repeats of every row and column before
	Algorithm string `json:"algorithm"`
}

// Examine times matrix products and a network for about a second, and returns the error of a context that is cancelled
// meanwhile.
func Examine(ctx context.Context) (h Health, err error) {
	h = Health{Version: build.Version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Processes: runtime.GOMAXPROCS(0), Features: features(), Kernels: kernel.Path(), Priors: prior.Names(),
		GFLOPS:   map[string]float64{"256": gemmRate(ctx, 256), "512": gemmRate(ctx, 512)},
		Winograd: (autodiff.DefaultConvolutions() == autodiff.Winograd), Convs: convolutions()}
	if err := ctx.Err(); err != nil {
		return h, err
	}
	h.Step, err = forwardTime(ctx)
	return h, err
}

// features lists the extensions of the processor that kernels look for.
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

// gemmRate times n x n matrix products for a fifth of a second, or until ctx is cancelled, and returns the best rate in
// GFLOP/s.
func gemmRate(ctx context.Context, n int) float64 {
	a, b, c := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
	for i := range a {
		a[i], b[i] = float32(i%7), float32(i%5)
	}
	best := 0.0
	for end := time.Now().Add(200 * time.Millisecond); ctx.Err() == nil && time.Now().Before(end); {
		start := time.Now()
		kernel.Gemm(kernel.GemmArgs{Batch: 1, M: n, N: n, K: n}, c, a, b)
		best = max(best, 2*float64(n)*float64(n)*float64(n)/time.Since(start).Seconds()/1e9)
	}
	return best
}

// convolutions tells the algorithm for sizes that U-Nets have.
func convolutions() (rows []Conv) {
	for _, c := range [][4]int{{3, 64, 32}, {32, 32, 32}, {64, 64, 32}, {128, 128, 16}, {128, 128, 8}, {256, 256, 8}, {128, 128, 4}, {64, 3, 32}, {256, 256, 256}, {128, 128, 32, 2}} {
		p := kernel.ConvArgs{N: 1, C: c[0], K: c[1], Groups: 1, Dims: 2}
		for i := range 2 {
			p.In[i], p.Out[i], p.Kernel[i], p.Stride[i], p.Dilation[i], p.PadLo[i], p.PadHi[i] = c[2], c[2], 3, 1, 1, 1, 1
			if c[3] > 0 {
				p.In[i], p.Upsample[i] = c[2]/c[3], c[3]
			}
		}
		rows = append(rows, Conv{c[0], c[1], c[2], c[3], kernel.ConvAlgorithm(p)})
	}
	return rows
}

// forwardTime times the second pass of one image through the yardstick, in milliseconds.
func forwardTime(ctx context.Context) (float64, error) {
	y := DefaultYardstick()
	y.Batch = 1
	net, err := y.network()
	if err != nil {
		return 0, err
	}
	return newNet(net, y.Size, 500, 0).Once(ctx, "fwd")
}
