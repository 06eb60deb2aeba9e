package kernel

import (
	bytes "encoding/binary"
	"fmt"
	"math"
	"testing"
)

// generic runs f in plain Go.
func generic(f func()) {
	old := fast
	defer func() { fast = old }()
	fast = pathGeneric()
	f()
}

// FuzzElementwise runs any bit patterns through assembly and plain Go.
func FuzzElementwise(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"))
	f.Add([]byte{0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0x7f, 0, 0, 0x80, 0xff, 1, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0x80, 0x3f, 0, 0, 0xb0, 0x42, 0, 0, 0xb2, 0xc2})
	f.Fuzz(func(t *testing.T, data []byte) {
		n := len(data) / 4
		x := make([]float32, n)
		for i := range x {
			x[i] = math.Float32frombits(bytes.LittleEndian.Uint32(data[4*i:]))
			if math.Abs(float64(x[i])) < leastNormal {
				x[i] = 0 // what a denormal is in a block of package par, but for the ops that only move bits
			}
		}
		y := make([]float32, n)
		for i := range y {
			y[i] = x[n-1-i]
		}
		want := make([]float32, n)
		for _, p := range paths() {
			usePath(t, p)
			got := guard[float32](n)
			for op := range unaryOps {
				generic(func() { Unary(op, want, x) })
				Unary(op, got.x, x)
				got.check(t, op.String())
				ulps, abs := bound(op)
				near(t, fmt.Sprint(p.name, " ", op), got.x, wide64(want), 2*abs, (ulps+0.5)*epsOf[float32]())
			}
			for op := range binaryOps {
				generic(func() { Binary(op, want, x, y) })
				Binary(op, got.x, x, y)
				got.check(t, op.String())
				near(t, fmt.Sprint(p.name, " ", op), got.x, wide64(want), 0, 0)
			}
			if n > 0 {
				var a, b [1]float32
				generic(func() { Max(a[:], x, 1, n, 1) })
				Max(b[:], x, 1, n, 1)
				near(t, p.name+" Max", b[:], wide64(a[:]), 0, 0)
			}
		}
	})
}

// FuzzGemm compares products of any shape in assembly and plain Go.
func FuzzGemm(f *testing.F) {
	f.Add(uint64(1), uint16(13), uint16(33), uint16(300), uint8(0))
	f.Add(uint64(2), uint16(1), uint16(1), uint16(1), uint8(7))
	f.Add(uint64(3), uint16(200), uint16(70), uint16(9), uint8(3))
	f.Fuzz(func(t *testing.T, seed uint64, m, n, k uint16, flags uint8) {
		g := GemmArgs{Batch: 1 + int(flags>>4&1), M: 1 + int(m%300), N: 1 + int(n%300), K: int(k % 600), TransA: flags&1 != 0, TransB: flags&2 != 0, Acc: flags&4 != 0}
		g.StrideA, g.StrideB, g.StrideC = g.M*g.K, g.K*g.N, g.M*g.N
		r := newRand(seed)
		a, b, start := normal[float32](r, g.Batch*g.M*g.K), normal[float32](r, g.Batch*g.K*g.N), normal[float32](r, g.Batch*g.M*g.N)
		want := append([]float32{}, start...)
		generic(func() { Gemm(g, want, a, b) })
		for _, p := range paths() {
			usePath(t, p)
			got := guard[float32](len(want))
			copy(got.x, start)
			Gemm(g, got.x, a, b)
			got.check(t, p.name)
			near(t, fmt.Sprintf("%s %+v", p.name, g), got.x, wide64(want), 6e-7*(16+float64(g.K)), 0)
		}
	})
}

// FuzzConv compares the three convolution kernels in assembly and plain Go.
func FuzzConv(f *testing.F) {
	for seed := range uint64(6) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, dims uint8) {
		r := newRand(seed)
		p := randomConv(r, 1+int(dims%3))
		x, y, w := normal[float32](r, size(p, p.C, p.In)), normal[float32](r, size(p, p.K, p.Out)), normal[float32](r, p.K*p.C/p.Groups*size(ConvArgs{N: 1, Dims: p.Dims}, 1, p.Kernel))
		run := func() (a, b, c guarded[float32]) {
			a, b, c = guard[float32](len(y)), guard[float32](len(x)), guard[float32](len(w))
			Conv(p, a.x, x, w)
			ConvInputGrad(p, b.x, y, w)
			ConvWeightGrad(p, c.x, x, y)
			return a, b, c
		}
		var wy, wx, ww guarded[float32]
		generic(func() { wy, wx, ww = run() })
		for _, path := range paths() {
			usePath(t, path)
			gy, gx, gw := run()
			for i, g := range []guarded[float32]{gy, gx, gw} {
				what := fmt.Sprintf("%s kernel %d of %+v", path.name, i, p)
				g.check(t, what)
				near(t, what, g.x, wide64([]guarded[float32]{wy, wx, ww}[i].x), 2e-4, 0)
			}
		}
	})
}
