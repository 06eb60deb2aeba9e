// Package layerstest checks that a module computes derivatives, memory and batches as a part of a network must.
//
// For y = F(x; theta) of a module with parameters theta, random directions v in x, q in theta and p in y, Check
// runs gradtest on F as a function of x, and compares with five-point central differences in float64
//
//	<dF/dtheta^T p, q>                     with  d/de <p, F(x; theta + e q)>
//	d/dtheta <p, dF/dx v> . q              with  d/de <p, dF/dx(x; theta + e q) v>     (training a divergence)
//
// Parameters are multiples of 2^-12 and their perturbations of 2^-16, so that they are exact in float32. It also checks
// that parameter names are full and unique, that Forward keeps only its result and a closed scope nothing, and,
// unless the row is Coupled, that every sample of a batch has the bits that it has alone.
package layerstest

import (
	"math"
	"strings"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/layers"
	"tweedie/rng"
)

// TB is the part of testing.TB that a check uses, so that a check can itself be tested on a module that is wrong.
type TB = gradtest.TB

// Row is one row of a conformance table.
type Row struct {
	Name string // the type, such as "Linear", then after a space the variant

	// Make returns the module and its Forward as a function of inputs with the shapes In.
	Make func(p layers.Path) (layers.Module, Function, error)
	In   []autodiff.Shape

	Coupled bool    // samples of a batch depend on each other
	Std     float64 // standard deviation of the random trainable parameters; zero means 0.5
	Keep    bool    // keep the values that Make gives the parameters; they should be multiples of 2^-12 below 4
	Gap     float64 // keeps inputs this far from zero
	Tol32   float64 // tolerance of float32 against float64; zero means 1e-4
	Seed    uint64  // of inputs and directions; choose one that keeps a step of differences off kinks
}

// Function is a module's Forward as a function of inputs x. When the batch is cut, first is the index of the first
// sample in x, for labels that are not Vars.
type Function func(s *autodiff.Scope, x []autodiff.Var, first int) autodiff.Var

// Check runs the checks of the package comment on the row's module and fails t for each that it does not pass: names,
// derivatives, memory and, unless the row is Coupled, batches.
func Check(t TB, r Row) {
	t.Helper()
	if r.Std == 0 {
		r.Std = 0.5
	}
	p := layers.Root(rng.New(7)).At("net")
	m, f, err := r.Make(p)
	if err != nil {
		t.Errorf("%s: %v", r.Name, err)
		return
	}
	if !r.Keep {
		Randomize(m.Params(), rng.New(8), r.Std)
	}
	k := &checker{Row: r, t: t, f: f, ps: m.Params(), arena: autodiff.NewArena()}
	k.names(p)
	func() {
		defer autodiff.Catch(&err)
		k.run()
	}()
	if err != nil {
		t.Errorf("%s: %v", r.Name, err)
	}
}

func (k *checker) run() {
	k.t.Helper()
	gradtest.Check(k.t, gradtest.Case{Name: k.Name, In: k.In, Gap: k.Gap, Tol32: k.Tol32, Seed: k.Seed,
		F: func(s *autodiff.Scope, x []autodiff.Var) autodiff.Var { return k.f(s, x, 0) }})
	k.params()
	k.memory()
	if !k.Coupled {
		k.batch()
	}
}

// Randomize sets every trainable parameter to normal values with the given standard deviation, rounded to multiples
// of 2^-12: a module that starts at zero or at the identity would otherwise hardly be tested.
func Randomize(ps []*autodiff.Param, key rng.Key, std float64) {
	for i, p := range ps {
		if !p.Trainable() {
			continue
		}
		s := key.Split("param", i).Stream()
		for j, d := 0, p.Data(); j < len(d); j++ {
			d[j] = float32(math.Round(4096*std*s.Norm()) / 4096)
		}
		p.Touch()
	}
}

type checker struct {
	Row
	t     TB
	f     Function
	ps    []*autodiff.Param
	arena *autodiff.Arena
}

func (k *checker) names(p layers.Path) {
	seen := map[string]bool{}
	for _, q := range k.ps {
		if seen[q.Name()] || !strings.HasPrefix(q.Name(), p.String()+".") {
			k.t.Errorf("%s: parameter %q: want a name of its own that begins with %q", k.Name, q.Name(), p.String()+".")
		}
		seen[q.Name()] = true
	}
}

// inputs returns random inputs in s, samples [lo,hi) of the batch.
func (k *checker) inputs(s *autodiff.Scope, lo, hi int) []autodiff.Var {
	x := make([]autodiff.Var, len(k.In))
	for i, sh := range k.In {
		v := make([]float64, sh.Size())
		st := rng.New(9+k.Seed).Split("x", i).Stream()
		for j := range v {
			v[j] = 2*st.Float64() - 1
			if math.Abs(v[j]) < k.Gap {
				v[j] = math.Copysign(k.Gap, v[j])
			}
		}
		if n := sh.Size() / max(1, sh.Dim(0)); lo > 0 || hi < sh.Dim(0) {
			v, sh = v[lo*n:hi*n], sh.With(0, hi-lo)
		}
		x[i] = s.Const64(sh, v)
	}
	return x
}

// memory checks that an evaluation leaves one Var, its result, in the scope it is called in, and a closed scope
// nothing.
func (k *checker) memory() {
	s := k.arena.Scope(autodiff.Eval, autodiff.F32)
	x := k.inputs(s, 0, k.In[0].Dim(0))
	before := k.arena.Live()
	y := k.f(s, x, 0)
	got := k.arena.Live() - before
	before = k.arena.Live()
	s.Input(y.Shape())
	if want := k.arena.Live() - before; got > want {
		k.t.Errorf("%s: Forward leaves %d bytes in the scope of its caller; its result has %d", k.Name, got, want)
	}
	s.Close()
	if live := k.arena.Live(); live != 0 {
		k.t.Errorf("%s: %d bytes are alive after the scope was closed", k.Name, live)
	}
}

// batch checks that every sample alone has the bits that it has within the batch.
func (k *checker) batch() {
	n := k.In[0].Dim(0)
	run := func(lo, hi int) []float32 {
		s := k.arena.Scope(autodiff.Eval, autodiff.F32)
		defer s.Close()
		y := k.f(s, k.inputs(s, lo, hi), lo)
		out := make([]float32, y.Size())
		y.CopyTo32(out)
		return out
	}
	all := run(0, n)
	for b := range n {
		one := run(b, b+1)
		for j, v := range one {
			if w := all[b*len(one)+j]; math.Float32bits(v) != math.Float32bits(w) {
				k.t.Errorf("%s: element %d of sample %d is %v alone and %v in a batch of %d", k.Name, j, b, v, w, n)
				return
			}
		}
	}
}
