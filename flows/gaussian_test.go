package flows_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/internal/testkit"
	"tweedie/rng"
)

// logNormal returns log N(x; m, cov) by gonum's Cholesky factor, and the entropy of that Gaussian.
func logNormal(x, m []float64, cov *mat.SymDense) (logp, entropy float64) {
	var c mat.Cholesky
	if !c.Factorize(cov) {
		panic("not positive definite")
	}
	d := len(m)
	r := mat.NewVecDense(d, nil)
	for i := range m {
		r.SetVec(i, x[i]-m[i])
	}
	var w mat.VecDense
	if err := c.SolveVecTo(&w, r); err != nil {
		panic(err)
	}
	half := 0.5 * (float64(d)*math.Log(2*math.Pi) + c.LogDet())
	return -0.5*mat.Dot(r, &w) - half, half + 0.5*float64(d)
}

// covariance computes mean and covariance from a family's parameters, in plain loops.
func covariance(f flows.Family) (m []float64, cov *mat.SymDense) {
	d := f.Dim()
	p := f.Params()
	for _, v := range p[0].Data() {
		m = append(m, float64(v))
	}
	l := mat.NewDense(d, d, nil)
	var u *mat.Dense
	for i := range d {
		switch f.(type) {
		case *flows.Diagonal:
			l.Set(i, i, float64(p[1].Data()[i]))
		default:
			l.Set(i, i, math.Exp(float64(p[1].Data()[i])))
		}
	}
	switch f.(type) {
	case *flows.Full:
		n := 0
		for i := range d {
			for j := range i {
				l.Set(i, j, float64(p[2].Data()[n]))
				n++
			}
		}
	case *flows.LowRank:
		r := p[2].Shape().Dim(1)
		u = mat.NewDense(d, r, nil)
		for i := range d {
			for j := range r {
				u.Set(i, j, float64(p[2].Data()[i*r+j]))
			}
		}
	}
	var c mat.Dense
	c.Mul(l, l.T())
	if u != nil {
		var uu mat.Dense
		uu.Mul(u, u.T())
		c.Add(&c, &uu)
	}
	cov = mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			cov.SetSym(i, j, c.At(i, j))
		}
	}
	return m, cov
}

func gaussians() map[string]flows.Family {
	out := map[string]flows.Family{}
	for _, r := range families()[:3] {
		out[r.name] = r.make(root().At("net"))
	}
	return out
}

// Density and entropy agree with gonum, which knows nothing of Woodbury.
func TestGaussiansAgainstGonum(t *testing.T) {
	for name, f := range gaussians() {
		m, cov := covariance(f)
		x := testkit.Normals(3*4, "x")
		_, got := pair(sh(3, 4), x, func(s *scope, v vr) (vr, vr) { return v, f.LogProb(s, v) })
		for b := range 3 {
			want, entropy := logNormal(x[4*b:4*b+4], m, cov)
			testkit.Near(t, name, got[b:b+1], []float64{want}, 1e-9*math.Abs(want))
			_, h := pair(sh(3, 4), x, func(s *scope, v vr) (vr, vr) {
				return v, f.(interface{ Entropy(*scope) vr }).Entropy(s)
			})
			testkit.Near(t, name+" entropy", h, []float64{entropy}, 1e-9)
		}
	}
}

// Samples have the family's mean and covariance: N = 40,000, 4 standard errors of each entry (for the covariance
// sqrt((C_ii C_jj + C_ij^2)/N)).
func TestGaussianSamples(t *testing.T) {
	const n = 40_000
	for name, f := range gaussians() {
		m, cov := covariance(f)
		z := make([]float64, n*f.NoiseDim())
		rng.New(5).Split(name, 0).Stream().FillNorm(z)
		x, _ := pair(sh(n, f.NoiseDim()), z, f.Sample)
		d := f.Dim()
		for i := range d {
			mean := 0.0
			for b := range n {
				mean += x[b*d+i] / n
			}
			if se := math.Sqrt(cov.At(i, i) / n); math.Abs(mean-m[i]) > 4*se {
				t.Errorf("%s: mean %d is %v, want %v (standard error %.2g, N = %d)", name, i, mean, m[i], se, n)
			}
			for j := range i + 1 {
				got := 0.0
				for b := range n {
					got += (x[b*d+i] - m[i]) * (x[b*d+j] - m[j]) / n
				}
				want := cov.At(i, j)
				if se := math.Sqrt((cov.At(i, i)*cov.At(j, j) + want*want) / n); math.Abs(got-want) > 4*se {
					t.Errorf("%s: covariance %d,%d is %v, want %v (standard error %.2g, N = %d)", name, i, j, got, want, se, n)
				}
			}
		}
	}
}

// When U is large against d, |r|^2 - r^T V M^{-1} V^T r loses all float32 digits; the sum of squares does not.
func TestLowRankDoesNotCancel(t *testing.T) {
	g, err := flows.NewLowRank(root(), flows.LowRankConfig{Dim: 16, Rank: 3, Std: 1e-3, Factor: 1})
	if err != nil {
		t.Fatal(err)
	}
	z := testkit.Normals(4*19, "z")
	var logq [2][]float64
	for i, dt := range []autodiff.DType{autodiff.F32, autodiff.F64} {
		s := autodiff.NewArena().Scope(autodiff.Eval, dt)
		_, l := g.Sample(s, s.Const64(sh(4, 19), z))
		logq[i] = make([]float64, 4)
		l.CopyTo64(logq[i])
		s.Close()
	}
	testkit.Near(t, "float32", logq[0], logq[1], 0.05)
}

func TestCholeskyValues(t *testing.T) {
	const n = 5
	a := testkit.Normals(2*n*n, "a")
	for b := range 2 {
		for i := range n {
			a[b*n*n+i*n+i] += 8
		}
	}
	l, _ := pair(sh(2, n, n), a, func(s *scope, v vr) (vr, vr) { return flows.Cholesky(s, v), v })
	for b := range 2 {
		for i := range n {
			for j := range n {
				got, want := 0.0, (a[b*n*n+i*n+j]+a[b*n*n+j*n+i])/2
				for k := range n {
					got += l[b*n*n+i*n+k] * l[b*n*n+j*n+k]
				}
				if math.Abs(got-want) > 1e-12 || (j > i && l[b*n*n+i*n+j] != 0) {
					t.Fatalf("entry %d,%d of L L^T is %v, want %v; L there is %v", i, j, got, want, l[b*n*n+i*n+j])
				}
			}
		}
	}
	bad, _ := pair(sh(2, 2), []float64{1, 2, 2, 1}, func(s *scope, v vr) (vr, vr) { return flows.Cholesky(s, v), v })
	if !math.IsNaN(bad[3]) {
		t.Errorf("the factor of an indefinite matrix is %v", bad)
	}
}
