package kernel

import (
	"syscall"
	"testing"
	"unsafe"
)

// fence returns n numbers that end, or begin, at a page that cannot be touched: a
// kernel that reads one number too many dies of it.
func fence(t *testing.T, n int, atEnd bool) []float32 {
	t.Helper()
	page := syscall.Getpagesize()
	room := max(1, blocksOf(4*n, page)) * page
	mem, err := syscall.Mmap(-1, 0, room+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip("no memory map: ", err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(mem) })
	for _, p := range [][]byte{mem[:page], mem[page+room:]} {
		if err := syscall.Mprotect(p, syscall.PROT_NONE); err != nil {
			t.Skip("no page protection: ", err)
		}
	}
	x := unsafe.Slice((*float32)(unsafe.Pointer(&mem[page])), room/4)
	if atEnd {
		return x[len(x)-n:]
	}
	return x[:n:n]
}

func TestNoReadOutsideASlice(t *testing.T) {
	r := newRand(18)
	for _, path := range paths() {
		for _, atEnd := range []bool{true, false} {
			t.Run(path.name, func(t *testing.T) {
				usePath(t, path)
				of := func(n int) []float32 {
					x := fence(t, n, atEnd)
					copy(x, normal[float32](r, n))
					return x
				}
				for n := 1; n < 140; n += 1 + n/20 {
					a, b, c, d := of(n), of(n), of(n), of(n)
					for op := range unaryOps {
						Unary(op, a, b)
					}
					for op := range binaryOps {
						Binary(op, a, b, c)
					}
					Affine(a, b, 2, 3)
					Clamp(a, b, 0, 1)
					Axpy(2, b, a)
					Where(a, b, c, d)
					Sum(d[:1], b, 1, n, 1)
					Max(d[:1], b, 1, n, 1)
					Dot(a, b)
					Softmax(a, b, 1, n)
					LogSumExp(d[:1], b, 1, n)
					GroupNorm(a, b, nil, nil, 1, 1, n, 1, 1e-5, true)
					Adam(a, b, c, d, 1, 0.9, 0.9, 1, 0, 1, 1)
					Fill(a, 1)
				}
				for range 60 {
					g := GemmArgs{Batch: 1, M: 1 + r.IntN(30), N: 1 + r.IntN(70), K: 1 + r.IntN(30), TransA: r.IntN(2) == 0, TransB: r.IntN(2) == 0}
					Gemm(g, of(g.M*g.N), of(g.M*g.K), of(g.K*g.N))
					h, w := 1+r.IntN(70), 1+r.IntN(70)
					Permute(of(h*w), of(h*w), []int{w, h}, []int{1, w})
				}
				for i := range 40 {
					p := packings(1, 1+r.IntN(2), 1+r.IntN(40), 1+r.IntN(90))[i%4]
					n := p.Heads * p.D * p.N
					x, tan, a := of(3*n), of(3*n), of(n)
					Attention(p, of(n), x)
					AttentionJVP(p, of(n), x, tan)
					AttentionVJP(p, of(3*n), x, a)
					AttentionHVP(p, of(3*n), of(3*n), x, a, tan)
				}
				for n := 1; n < 20; n++ {
					const w = 48
					x, y, u, e := of(n*w), of(n*w), of(n*w), of(n*w)
					columnMax(of(w), x)
					columnExp(x, of(w), of(w))
					columnDot(of(w), x, y)
					columnTimes(x, of(w))
					columnCentre(x, y, of(w))
					columnMix(x, y, u, e, of(w), of(w), of(w))
				}
				for range 40 {
					p := randomConv(r, 1+r.IntN(3))
					x, y, w := of(size(p, p.C, p.In)), of(size(p, p.K, p.Out)), of(p.K*p.C/p.Groups*size(ConvArgs{N: 1, Dims: p.Dims}, 1, p.Kernel))
					Conv(p, y, x, w)
					ConvInputGrad(p, x, y, w)
					ConvWeightGrad(p, w, x, y)
				}
			})
		}
	}
}
