package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// onEveryPath runs the test on each kernel path this processor has.
func onEveryPath(t *testing.T, f func(t *testing.T)) {
	for _, p := range paths() {
		t.Run(p.name, func(t *testing.T) {
			usePath(t, p)
			f(t)
		})
	}
}

// usePath makes p the path in use until the test ends.
func usePath(t testing.TB, p assembly) {
	old := fast
	fast = p
	t.Cleanup(func() { fast = old })
}

func procs(t testing.TB, n int) {
	old := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(old) })
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// guarded is a slice with guard words on both sides.
type guarded[T Float] struct{ all, x []T }

const guards = 40

func guard[T Float](n int) guarded[T] {
	g := guarded[T]{all: make([]T, n+2*guards)}
	for i := range g.all {
		g.all[i] = T(12345 + i)
	}
	g.x = g.all[guards : guards+n : guards+n]
	return g
}

func (g guarded[T]) check(t *testing.T, what string) {
	t.Helper()
	for i, v := range g.all {
		if (i < guards || i >= guards+len(g.x)) && v != T(12345+i) {
			t.Fatalf("%s wrote outside its slice of %d, at %d", what, len(g.x), i-guards)
		}
	}
}

// normal fills x with N(0,1) numbers.
func normal[T Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x
}

func wide64[T Float](x []T) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// epsOf is the distance from 1 to the next number.
func epsOf[T Float]() float64 {
	if isSingle[T]() {
		return 0x1p-23
	}
	return 0x1p-52
}

// near fails unless |got - want| <= abs + rel |want| everywhere; NaN matches NaN and infinities themselves.
func near[T Float](t *testing.T, what string, got []T, want []float64, abs, rel float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d results, want %d", what, len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if w == float64(g) || math.IsNaN(w) && math.IsNaN(float64(g)) || math.IsInf(float64(T(w)), 0) && float64(T(w)) == float64(g) {
			continue
		}
		if d := math.Abs(float64(g) - w); !(d <= abs+rel*math.Abs(w)) {
			t.Fatalf("%s: [%d] = %v, want %v (error %.3g, allowed %.3g)", what, i, g, w, d, abs+rel*math.Abs(w))
		}
	}
}

// sameBits fails unless the two slices are equal byte for byte.
func sameBits[T Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range got {
		if math.Float64bits(float64(got[i])) != math.Float64bits(float64(want[i])) {
			t.Fatalf("%s: [%d] = %v and %v differ", what, i, got[i], want[i])
		}
	}
}

// panics runs f and returns what it panicked with.
func panics(f func()) (cause any) {
	defer func() { cause = recover() }()
	f()
	return nil
}

// noAllocs fails when f allocates once warm. The collector and the scheduler allocate now and then, so that the least of three counts is taken.
func noAllocs(t *testing.T, what string, f func()) {
	t.Helper()
	procs(t, 2)
	for range 3 {
		f()
	}
	n := uint64(math.MaxUint64)
	for try := 0; n > 20 && try < 3; try++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 50 {
			f()
		}
		runtime.ReadMemStats(&after)
		n = min(n, after.Mallocs-before.Mallocs)
	}
	if n > 20 {
		t.Errorf("%s: at least %d allocations in 50 calls, three times", what, n)
	}
}

func typeName[T Float]() string { var z T; return fmt.Sprintf("%T", z) }
