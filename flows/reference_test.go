package flows_test

import (
	"math"
	"strconv"
	"testing"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/rng"
)

// reference computes RealNVP by DPI's text, one sample in plain loops, with parameters by name.
type reference struct {
	p   map[string][]float32
	cfg flows.RealNVPConfig
}

func newReference(f *flows.RealNVP) reference {
	r := reference{map[string][]float32{}, f.Config()}
	for _, p := range f.Params() {
		r.p[p.Name()] = p.Data()
	}
	return r
}

func (r reference) linear(name string, x []float64) []float64 {
	w, b := r.p[name+".weight"], r.p[name+".bias"]
	y := make([]float64, len(b))
	for o := range y {
		y[o] = float64(b[o])
		for i := range x {
			y[o] += float64(w[o*len(x)+i]) * x[i]
		}
	}
	return y
}

func (r reference) net(name string, h []float64) []float64 {
	at := [...]string{"0", "2", "4", "", ""}
	if r.cfg.BatchNorm {
		at = [...]string{"0", "3", "6", "2", "5"}
	}
	for i := range 2 {
		h = r.linear(name+"."+at[i], h)
		for j := range h {
			if h[j] < 0 {
				h[j] *= 0.01
			}
			if n := name + "." + at[3+i]; r.cfg.BatchNorm {
				h[j] = (h[j]-float64(r.p[n+".running_mean"][j]))/math.Sqrt(float64(r.p[n+".running_var"][j])+1e-2)*float64(r.p[n+".weight"][j]) + float64(r.p[n+".bias"][j])
			}
		}
	}
	h = r.linear(name+"."+at[2]+".fc", h)
	for j := range h {
		h[j] *= math.Exp(3 * float64(r.p[name+"."+at[2]+".scale"][j]))
	}
	return h
}

// inverse maps z to x, with the log-determinant of dx/dz.
func (r reference) inverse(z []float64) (x []float64, logdet float64) {
	d := len(z)
	x = append([]float64{}, z...)
	flip := func() {
		for i := range d / 2 {
			x[i], x[d-1-i] = x[d-1-i], x[i]
		}
	}
	for k := r.cfg.Flows - 1; k >= 0; k-- {
		block := "blocks." + strconv.Itoa(k) + "."
		y := make([]float64, d)
		for j, o := range rng.NumpyPermutation(uint32(k), d) {
			y[o] = x[j]
		}
		x = y
		for _, suffix := range []string{"2", ""} {
			flip()
			m := d / 2
			h := r.net(block+"coupling"+suffix+".net", x[:d-m])
			for j := range m {
				s := math.Tanh(h[j])
				x[d-m+j] = x[d-m+j]/math.Exp(s) - h[m+j]
				logdet -= s
			}
			loc, l := float64(r.p[block+"actnorm"+suffix+".loc"][0]), float64(r.p[block+"actnorm"+suffix+".log_scale_inv"][0])
			for j := range x {
				x[j] = x[j]*math.Exp(l) - loc
			}
			logdet += float64(d) * l
		}
	}
	return x, logdet
}

func TestRealNVPAgainstLoops(t *testing.T) {
	for _, c := range []flows.RealNVPConfig{
		{Dim: 8, Flows: 3, SeqFrac: 1}, {Dim: 7, Flows: 2, SeqFrac: 0.5}, {Dim: 6, Flows: 2, SeqFrac: 0.5, BatchNorm: true},
	} {
		f := must(flows.NewRealNVP(root(), c))
		z := testkit.Normals(2*c.Dim, "z")
		x, ld := pair(sh(2, c.Dim), z, f.Inverse)
		for b := range 2 {
			want, det := newReference(f).inverse(z[b*c.Dim : (b+1)*c.Dim])
			testkit.Near(t, "x", x[b*c.Dim:(b+1)*c.Dim], want, 1e-10)
			testkit.Near(t, "log-determinant", ld[b:b+1], []float64{det}, 1e-10)
		}
	}
}

// Weights start as N(0, 0.05^2), N = 64*64 per layer and 4 standard errors; running statistics move by a tenth.
func TestRealNVPStart(t *testing.T) {
	f, err := flows.NewRealNVP(root(), flows.RealNVPConfig{Dim: 128, Flows: 1, SeqFrac: 1, BatchNorm: true})
	if err != nil {
		t.Fatal(err)
	}
	r := newReference(f)
	for _, name := range []string{"blocks.0.coupling.net.0.weight", "blocks.0.coupling2.net.3.weight"} {
		w := r.p[name]
		sum := 0.0
		for _, v := range w {
			sum += float64(v) * float64(v) / float64(len(w))
		}
		if want, n := 0.05*0.05, float64(len(w)); math.Abs(sum-want) > 4*want*math.Sqrt(2/n) {
			t.Errorf("%s: mean square %v, want %v", name, sum, want)
		}
	}
	x := testkit.Normals(3*128, "x")
	pair(sh(3, 128), x, f.With(layers.UpdateStatistics).Forward)
	mean := 0.0
	for b := range 3 {
		h := r.linear("blocks.0.coupling.net.0", x[b*128:b*128+64])
		mean += math.Max(h[5], 0.01*h[5]) / 3
	}
	testkit.Near(t, "running mean", []float64{float64(r.p["blocks.0.coupling.net.2.running_mean"][5])}, []float64{0.1 * mean}, 1e-7)
}

// A flow's density matches its samples: E_q[exp(log p - log q)] = 1 for any normalised p, here N(0, I/4). N = 20,000
// and 4 standard errors.
func TestFlowIsNormalised(t *testing.T) {
	const n = 20_000
	nvp := must(flows.NewRealNVP(root().At("nvp"), flows.RealNVPConfig{Dim: 2, Flows: 2, SeqFrac: 0.25}))
	f := flows.NewFlow(root(), nvp)
	z := make([]float64, 2*n)
	rng.New(6).Stream().FillNorm(z)
	x, logq := pair(autodiff.S(n, 2), z, f.Sample)
	mean, square := 0.0, 0.0
	for b := range n {
		logp := -2*(x[2*b]*x[2*b]+x[2*b+1]*x[2*b+1]) - math.Log(2*math.Pi/4)
		w := math.Exp(logp - logq[b])
		mean += w / n
		square += w * w / n
	}
	if se := math.Sqrt((square - mean*mean) / n); math.Abs(mean-1) > 4*se || se > 0.1 {
		t.Errorf("E[p/q] = %v, want 1 (standard error %.2g, N = %d)", mean, se, n)
	}
}
