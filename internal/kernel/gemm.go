package kernel

import (
	"fmt"

	"tweedie/internal/par"
)

// GemmArgs describes a batch of matrix products C[b] (+)= op(A[b]) op(B[b]).
// op(A) is M x K and op(B) is K x N; A is stored M x K, or K x M when TransA, and B
// K x N, or N x K when TransB, row-major without gaps. Strides are elements between
// batch items, 0 for an item shared by the batch. Acc adds to C.
type GemmArgs struct {
	Batch, M, N, K            int
	TransA, TransB            bool
	StrideA, StrideB, StrideC int
	Acc                       bool
}

type gemmJob[T Float] struct {
	g             GemmArgs
	tile          geometry
	mb, nb, units int // block of C, blocks of C a unit of work
	c, a, b       []T
}

var gemmJobs freeList

// Gemm computes C[b] (+)= op(A[b]) op(B[b]) for b in [0, Batch).
// It panics with a *SizeError when a slice is too short; c must not overlap a or b.
func Gemm[T Float](g GemmArgs, c, a, b []T) {
	if g.Batch < 0 || g.M < 0 || g.N < 0 || g.K < 0 {
		panic(&ArgError{"Gemm", fmt.Sprintf("batch %d, M %d, N %d, K %d: want none negative", g.Batch, g.M, g.N, g.K)})
	}
	if g.Batch == 0 || g.M == 0 || g.N == 0 {
		return
	}
	checkSpan("Gemm", "a", len(a), g.Batch, g.StrideA, g.M*g.K)
	checkSpan("Gemm", "b", len(b), g.Batch, g.StrideB, g.K*g.N)
	checkSpan("Gemm", "c", len(c), g.Batch, g.StrideC, g.M*g.N)
	if g.Batch > 1 && g.StrideC < g.M*g.N {
		panic(&ArgError{"Gemm", fmt.Sprintf("StrideC = %d lets products overlap: want at least M*N = %d", g.StrideC, g.M*g.N)})
	}
	j := take[T, gemmJob[T]](&gemmJobs)
	*j = gemmJob[T]{g: g, tile: tileOf[T](), c: c, a: a, b: b}
	par.Do(j.plan(), j)
	give[T](&gemmJobs, j)
}

// plan cuts the work and returns the number of its units.
func (j *gemmJob[T]) plan() int {
	g := &j.g
	j.mb, j.nb = j.tile.cut(g.Batch, g.M, g.N, g.K)
	work := j.mb * j.nb * (g.K + 16) // to write a number of C costs as much as 16 products
	if g.TransB && g.M <= 12 {       // to read a number of B, as much as 24
		for j.count() < 4 && j.nb*g.K > 1<<14 && j.nb > 2*j.tile.width {
			j.nb = roundUp(j.nb/2, j.tile.width)
		}
		work = 24 * j.nb * g.K
	}
	j.units = share(work)
	return blocksOf(j.count(), j.units)
}

// checkSpan panics unless n elements fit for every item of a batch.
func checkSpan(op, arg string, have, batch, stride, n int) {
	if want := (batch-1)*stride + n; have < want || stride < 0 {
		panic(&SizeError{op, arg, have, want})
	}
}

func (j *gemmJob[T]) count() int {
	return j.g.Batch * blocksOf(j.g.M, j.mb) * blocksOf(j.g.N, j.nb)
}

// Block computes a few blocks of C, each over all of K.
func (j *gemmJob[T]) Block(i int) {
	kc := part(j.g.K)
	pa := borrow[T](j.tile.sizeA(j.mb, kc))
	pb := borrow[T](j.tile.sizeB(j.nb, kc))
	off := borrowOffsets(max(kc, j.tile.pitch, j.tile.width))
	nm, nn := blocksOf(j.g.M, j.mb), blocksOf(j.g.N, j.nb)
	for u := i * j.units; u < min((i+1)*j.units, j.count()); u++ {
		m0, n0 := u/nn%nm*j.mb, u%nn*j.nb
		j.block(u/nn/nm, m0, n0, min(j.mb, j.g.M-m0), min(j.nb, j.g.N-n0), kc, pa.buf, pb.buf, off.at)
	}
	off.free()
	pb.free()
	pa.free()
}

// block computes rows [m0,m0+m) and columns [n0,n0+n) of one product.
func (j *gemmJob[T]) block(item, m0, n0, m, n, kc int, pa, pb []T, off []int) {
	g := &j.g
	a, b := j.a[item*g.StrideA:], j.b[item*g.StrideB:]
	c := j.c[item*g.StrideC+m0*g.N+n0:]
	if g.K == 0 {
		for i := 0; i < m && !g.Acc; i++ {
			clear(c[i*g.N : i*g.N+n])
		}
		return
	}
	si, sk := g.K, 1
	if g.TransA {
		si, sk = 1, g.M
	}
	for k0 := 0; k0 < g.K; k0 += kc {
		k := min(kc, g.K-k0)
		at := a[m0*si+k0*sk:]
		va := rowsOf(at, si, sk, j.tile)
		if n >= 64 && (m > 12 || g.TransA) {
			va = packA(pa, at, m, k, si, sk, j.tile, off)
		}
		var vb view[T]
		switch {
		case g.TransB:
			vb = packBT(pb, b[n0*g.K+k0:], n, k, g.K, j.tile, off)
		case m <= 12 && n%16 == 0:
			vb = view[T]{x: b[k0*g.N+n0:], si: 1, sk: g.N, panel: j.tile.width}
		default:
			vb = packB(pb, b[k0*g.N+n0:], n, k, g.N, j.tile, off)
		}
		multiply(j.tile, m, n, k, va, vb, c, g.N, g.Acc || k0 > 0)
	}
}

// packA copies m rows of depth k into panels; element (i,k) of src is at i si + k sk, one of them 1.
func packA[T Float](dst, src []T, m, k, si, sk int, g geometry, off []int) view[T] {
	for i := 0; i < m; i += g.rows {
		r := min(g.rows, m-i)
		d := dst[i/g.rows*g.pitch*k:]
		if sk == 1 {
			gatherCols(d, g.pitch, src[i*si:], offsets(off[:roundUp(r, 4)], r, si), k)
		} else {
			gatherRows(d, g.pitch, src[i:], offsets(off[:k], k, sk), r)
		}
	}
	return packedA(dst, k, g)
}

// packB copies n columns of depth k into panels; element (k,j) of src is at k ld + j.
func packB[T Float](dst, src []T, n, k, ld int, g geometry, off []int) view[T] {
	off = offsets(off[:k], k, ld)
	for j := 0; j < n; j += g.width {
		gatherRows(dst[j*k:], g.width, src[j:], off, min(g.width, n-j))
	}
	return packedB(dst, k, g)
}

// packBT is packB for a transposed matrix: element (k,j) of src is at j ld + k.
func packBT[T Float](dst, src []T, n, k, ld int, g geometry, off []int) view[T] {
	for j := 0; j < n; j += g.width {
		w := min(g.width, n-j)
		gatherCols(dst[j*k:], g.width, src[j*ld:], offsets(off[:roundUp(w, 4)], w, ld), k)
	}
	return packedB(dst, k, g)
}
