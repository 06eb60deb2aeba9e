package layerstest

import (
	"math"

	"tweedie/autodiff"
	"tweedie/rng"
)

// step is the perturbation of parameters: a power of two, so that it is exact, and small, so that it crosses few
// kinks.
const step = 1. / (1 << 16)

// params compares the gradients in the parameters with finite differences.
func (k *checker) params() {
	var ps []*autodiff.Param
	for _, p := range k.ps {
		if p.Trainable() {
			ps = append(ps, p)
		}
	}
	if len(ps) == 0 {
		return
	}
	q := k.signs(ps)
	var want [2]float64
	for i, w := range []float64{1, -8, 8, -1} {
		e := [...]float64{-2, -1, 1, 2}[i]
		shift(ps, q, e*step)
		f, d, _, _ := k.values(nil)
		shift(ps, q, -e*step)
		want[0] += w * f / (12 * step)
		want[1] += w * d / (12 * step)
	}
	_, _, gf, gd := k.values(ps)
	for i, g := range [][][]float64{gf, gd} {
		got, scale := 0.0, 0.0
		for j := range g {
			for n, v := range g[j] {
				got += v * q[j][n]
				scale = math.Hypot(scale, v*q[j][n])
			}
		}
		if !(math.Abs(got-want[i]) <= 1e-6*max(math.Abs(want[i]), scale, 1e-9)) {
			what := [...]string{"gradient", "gradient of the directional derivative"}[i]
			k.t.Errorf("%s: %s in the parameters is %.12g, finite differences give %.12g", k.Name, what, got, want[i])
		}
	}
}

// values returns <p, F(x)> and <p, dF/dx v>, and, where ps are given, their gradients in ps.
func (k *checker) values(ps []*autodiff.Param) (f, d float64, gf, gd [][]float64) {
	s := k.arena.Scope(autodiff.Record, autodiff.F64)
	defer s.Close()
	x := k.inputs(s, 0, k.In[0].Dim(0))
	v := make([]autodiff.Var, len(x))
	for i := range x {
		x[i] = s.Watch(x[i])
		v[i] = s.Const64(x[i].Shape(), k.normals("v", i, x[i].Size()))
	}
	y := k.f(s, x, 0)
	p := s.Const64(y.Shape(), k.normals("p", 0, y.Size()))
	var jv [1]autodiff.Var
	s.JVP(x, v, []autodiff.Var{y}, jv[:])
	a, b := s.Dot(p, y), s.Dot(p, jv[0])
	if len(ps) > 0 {
		theta := make([]autodiff.Var, len(ps))
		for i := range ps {
			theta[i] = s.Param(ps[i])
		}
		gf, gd = gradient(s, a, theta), gradient(s, b, theta)
	}
	return a.Scalar(), b.Scalar(), gf, gd
}

func gradient(s *autodiff.Scope, y autodiff.Var, xs []autodiff.Var) [][]float64 {
	g := make([]autodiff.Var, len(xs))
	s.Grad(y, xs, g)
	out := make([][]float64, len(g))
	for i := range g {
		out[i] = make([]float64, g[i].Size())
		g[i].CopyTo64(out[i])
	}
	return out
}

func (k *checker) normals(label string, i, n int) []float64 {
	v := make([]float64, n)
	rng.New(10+k.Seed).Split(label, i).Stream().FillNorm(v)
	return v
}

// signs returns a direction in the parameters with entries +-1.
func (k *checker) signs(ps []*autodiff.Param) [][]float64 {
	q := make([][]float64, len(ps))
	for i, p := range ps {
		q[i] = make([]float64, p.Shape().Size())
		rng.New(10+k.Seed).Split("q", i).Stream().FillRademacher(q[i])
	}
	return q
}

func shift(ps []*autodiff.Param, q [][]float64, e float64) {
	for i, p := range ps {
		for j, d := 0, p.Data(); j < len(d); j++ {
			d[j] += float32(e * q[i][j])
		}
		p.Touch()
	}
}
