package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// naiveGemm is the definition, in float64; scale[i] is the sum of magnitudes of element i's terms.
func naiveGemm[T Float](g GemmArgs, c, a, b []T) (want, scale []float64) {
	want, scale = wide64(c), make([]float64, len(c))
	for batch := range g.Batch {
		for m := range g.M {
			for n := range g.N {
				at := batch*g.StrideC + m*g.N + n
				if !g.Acc {
					want[at] = 0
				}
				scale[at] = max(want[at], -want[at])
				for k := range g.K {
					ia, ib := m*g.K+k, k*g.N+n
					if g.TransA {
						ia = k*g.M + m
					}
					if g.TransB {
						ib = n*g.K + k
					}
					v := float64(a[batch*g.StrideA+ia]) * float64(b[batch*g.StrideB+ib])
					want[at] += v
					scale[at] += max(v, -v)
				}
			}
		}
	}
	return want, scale
}

func checkGemm[T Float](t *testing.T, r *rand.Rand, g GemmArgs) {
	t.Helper()
	gap := r.IntN(3)
	g.StrideA, g.StrideB, g.StrideC = g.M*g.K+gap, g.K*g.N+gap, g.M*g.N+gap
	if r.IntN(4) == 0 {
		g.StrideA = 0
	}
	if r.IntN(4) == 0 {
		g.StrideB = 0
	}
	a := normal[T](r, (g.Batch-1)*g.StrideA+g.M*g.K)
	b := normal[T](r, (g.Batch-1)*g.StrideB+g.K*g.N)
	c := guard[T]((g.Batch-1)*g.StrideC + g.M*g.N)
	copy(c.x, normal[T](r, len(c.x)))
	want, scale := naiveGemm(g, c.x, a, b)
	Gemm(g, c.x, a, b)
	what := fmt.Sprintf("Gemm[%s] %+v", typeName[T](), g)
	c.check(t, what)
	for i := range want { // |error| <= K eps sum |terms| at worst; far less for random signs
		near(t, what, c.x[i:i+1], want[i:i+1], epsOf[T]()*scale[i]*(4+float64(g.K)/32), 0)
	}
}

func TestGemm(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(1)
		for m := 1; m <= 26; m++ {
			for _, n := range []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 64, 65} {
				g := GemmArgs{Batch: 1 + r.IntN(3), M: m, N: n, K: r.IntN(40), TransA: r.IntN(2) == 0, TransB: r.IntN(2) == 0, Acc: r.IntN(2) == 0}
				checkGemm[float32](t, r, g)
				checkGemm[float64](t, r, g)
			}
		}
		for range 25 {
			g := GemmArgs{Batch: 1, M: 1 + r.IntN(220), N: 1 + r.IntN(280), K: r.IntN(520), TransA: r.IntN(2) == 0, TransB: r.IntN(2) == 0, Acc: r.IntN(2) == 0}
			checkGemm[float32](t, r, g)
		}
		checkGemm[float64](t, r, GemmArgs{Batch: 1, M: 70, N: 130, K: 300})
	})
}

// An element of the product is the same bits whatever surrounds it: more rows, more columns, a batch.
func TestGemmElementsDoNotDependOnTheRest(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(2)
		const m, n, k = 150, 170, 300
		for _, trans := range []int{0, 1, 2, 3} {
			g := GemmArgs{Batch: 1, M: m, N: n, K: k, TransB: trans&1 != 0}
			a, b := normal[float32](r, m*k), normal[float32](r, k*n)
			c := make([]float32, m*n)
			Gemm(g, c, a, b)
			for _, rows := range []int{1, 2, 5, 12, 13, 64} {
				one := g
				one.M = rows
				part := make([]float32, rows*n)
				Gemm(one, part, a, b)
				sameBits(t, fmt.Sprintf("%d rows of %d", rows, m), part, c[:len(part)])
			}
			if !g.TransB {
				continue
			}
			for _, cols := range []int{1, 3, 16, 33} {
				one := g
				one.N = cols
				part := make([]float32, m*cols)
				Gemm(one, part, a, b)
				for i := range m {
					sameBits(t, fmt.Sprintf("%d columns of %d", cols, n), part[i*cols:(i+1)*cols], c[i*n:i*n+cols])
				}
			}
		}
	})
}

// Products of a U-Net's embeddings and of their gradients, at batch 1 and 8, give more than one worker something to do;
// the smallest are done by one.
func TestGemmIsSharedOut(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, c := range []struct {
			g    GemmArgs
			most int // 0: no less than two units
		}{
			{GemmArgs{M: 1, N: 256, K: 256, TransB: true}, 0},
			{GemmArgs{M: 1, N: 128, K: 256, TransB: true}, 0},
			{GemmArgs{M: 8, N: 256, K: 256, TransB: true}, 0},
			{GemmArgs{M: 8, N: 512, K: 256, TransB: true}, 0},
			{GemmArgs{M: 256, N: 256, K: 1, TransA: true}, 0},
			{GemmArgs{M: 256, N: 256, K: 8, TransA: true}, 0},
			{GemmArgs{M: 1, N: 64, K: 256, TransB: true}, 1},
			{GemmArgs{M: 16, N: 32, K: 16}, 1},
		} {
			c.g.Batch = 1
			j := gemmJob[float32]{g: c.g, tile: tileOf[float32]()}
			if n := j.plan(); n < 2 && c.most == 0 && c.g.N > 2*j.tile.width || n > c.most && c.most > 0 {
				t.Errorf("%+v is done in %d units", c.g, n)
			}
		}
	})
}

func TestGemmDoesNotDependOnWorkers(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(3)
		g := GemmArgs{Batch: 2, M: 200, N: 190, K: 520, TransA: true, StrideA: 200 * 520, StrideB: 520 * 190, StrideC: 200 * 190}
		a, b := normal[float32](r, 2*g.StrideA), normal[float32](r, 2*g.StrideB)
		var c [2][]float32
		for p := range c {
			procs(t, p+1)
			c[p] = make([]float32, 2*g.StrideC)
			Gemm(g, c[p], a, b)
		}
		sameBits(t, "GOMAXPROCS 1 and 2", c[0], c[1])
	})
}

func TestGemmArguments(t *testing.T) {
	x := make([]float32, 12)
	for _, f := range []func(){
		func() { Gemm(GemmArgs{Batch: 1, M: 3, N: 4, K: 5}, x, x, x) },
		func() { Gemm(GemmArgs{Batch: 1, M: 4, N: 4, K: 1}, x, x, x) },
		func() { Gemm(GemmArgs{Batch: 2, M: 2, N: 2, K: 1, StrideC: 3}, x, x, x) },
		func() { Gemm(GemmArgs{Batch: 1, M: -1, N: 2, K: 1}, x, x, x) },
	} {
		switch e := panics(f).(type) {
		case *SizeError, *ArgError:
		default:
			t.Errorf("a wrong argument gave %v, want a typed panic", e)
		}
	}
}

func TestGemmDoesNotAllocate(t *testing.T) {
	x, y, z := make([]float32, 300*300), make([]float32, 300*300), make([]float32, 300*300)
	noAllocs(t, "Gemm", func() { Gemm(GemmArgs{Batch: 1, M: 300, N: 300, K: 300, TransB: true}, z, x, y) })
}

func ExampleGemm() {
	a := []float32{1, 2, 3, 4, 5, 6} // 2 x 3
	c := make([]float32, 4)
	Gemm(GemmArgs{Batch: 1, M: 2, N: 2, K: 3, TransB: true}, c, a, a)
	fmt.Println(c)
	// Output: [14 32 32 77]
}

func BenchmarkGemm(b *testing.B) {
	for _, p := range paths() {
		for _, s := range [][3]int{{64, 64, 64}, {128, 128, 128}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}, {1, 1024, 1024}, {8, 1024, 1024}, {1024, 1, 1024}, {1024, 8, 1024}, {1024, 1024, 16}} {
			for trans := range 4 {
				if trans != 0 && s[0]*s[1]*s[2] != 512*512*512 && s[0] > 8 && s[1] > 8 {
					continue
				}
				g := GemmArgs{Batch: 1, M: s[0], N: s[1], K: s[2], TransA: trans&1 != 0, TransB: trans&2 != 0}
				b.Run(fmt.Sprintf("%s/%dx%dx%d/%c%c", p.name, g.M, g.N, g.K, "nt"[trans&1], "nt"[trans>>1]), func(b *testing.B) { benchGemm[float32](b, p, g) })
			}
		}
	}
	for _, s := range [][4]int{{256, 16, 16, 32}, {64, 64, 64, 32}, {16, 256, 256, 64}, {16, 256, 64, 256}} {
		g := GemmArgs{Batch: s[0], M: s[1], N: s[2], K: s[3], TransB: s[2] == s[1], StrideA: s[1] * s[3], StrideB: s[2] * s[3], StrideC: s[1] * s[2]}
		b.Run(fmt.Sprintf("%s/batch%d/%dx%dx%d", Path(), s[0], s[1], s[2], s[3]), func(b *testing.B) { benchGemm[float32](b, paths()[0], g) })
	}
	g := GemmArgs{Batch: 1, M: 256, N: 256, K: 256}
	b.Run("float64/256x256x256", func(b *testing.B) { benchGemm[float64](b, paths()[0], g) })
	g.TransB = true
	b.Run("float64/256x256x256/nt", func(b *testing.B) { benchGemm[float64](b, paths()[0], g) })
}

func benchGemm[T Float](b *testing.B, p assembly, g GemmArgs) {
	usePath(b, p)
	r := newRand(1)
	x, y, z := normal[T](r, g.Batch*g.M*g.K), normal[T](r, g.Batch*g.K*g.N), make([]T, g.Batch*g.M*g.N)
	for b.Loop() {
		Gemm(g, z, x, y)
	}
	b.ReportMetric(2*float64(g.Batch*g.M*g.N*g.K)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
