package diffusion

import (
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/rng"
)

// flow is the probability-flow ODE of some samples in grid time tau, where t = tau or t = e^tau. With fixed directions
// e_j it carries the traces e_j' J e_j along:
//
//	dx/dt = F(x, t) = f x - g^2 s/2,   d ell_j/dt = e_j' (dF/dx) e_j.
type flow struct {
	den   Denoiser
	sched Schedule
	shape autodiff.Shape // of one sample
	dim   int
	log   bool      // t = e^tau
	dirs  []float64 // [samples or 1,n,dim]
	n     int       // directions of a sample
	same  bool      // every sample has the same directions: the unit vectors
	group int       // directions whose gradient is taken at once
	arena *autodiff.Arena
	t     []float64
	rate  []float64 // dt/dtau

	ys, cts []autodiff.Var
}

// directions draws the probes of each sample from its key, or takes the unit vectors when the trace is exact.
func (f *flow) directions(cfg ODEConfig, keys []rng.Key) {
	if cfg.Trace == ExactTrace {
		f.n, f.same = f.dim, true
		f.dirs = make([]float64, f.dim*f.dim)
		for j := range f.dim {
			f.dirs[j*f.dim+j] = 1
		}
		return
	}
	f.n = cfg.Probes
	f.dirs = make([]float64, len(keys)*f.n*f.dim)
	for i, k := range keys {
		for j := range f.n {
			dst := f.dirs[(i*f.n+j)*f.dim:][:f.dim]
			if st := k.Split("probe", j).Stream(); cfg.Trace == RademacherTrace {
				st.FillRademacher(dst)
			} else {
				st.FillNorm(dst)
			}
		}
	}
}

// dir returns direction j of a sample, [dim].
func (f *flow) dir(sample, j int) []float64 {
	if f.same {
		sample = 0
	}
	return f.dirs[(sample*f.n+j)*f.dim:][:f.dim]
}

// clock sets t and dt/dtau of the packed rows from their grid times.
func (f *flow) clock(tau []float64) {
	f.t, f.rate = resize(f.t, len(tau)), resize(f.rate, len(tau))
	for r, v := range tau {
		f.t[r], f.rate[r] = v, 1
		if f.log {
			f.t[r] = math.Exp(v)
			f.rate[r] = f.t[r]
		}
	}
}

// grid returns the grid time tau of the time t.
func (f *flow) grid(t float64) float64 {
	if f.log {
		return math.Log(t)
	}
	return t
}

// slope sets dy = dy/dtau for states y [rows,dim] of x or, with trace, [rows,dim+n] of x and ell_1..ell_n. It takes one
// evaluation and, with trace, n forward sweeps.
func (f *flow) slope(rows []int, tau, y, dy []float64, trace bool) {
	width := f.dim
	mode := autodiff.Eval
	if trace {
		width += f.n
		mode = autodiff.Record
	}
	f.clock(tau)
	s := f.arena.Scope(mode, autodiff.F64)
	defer s.Close()
	s.Freeze()
	x := s.Watch(f.gather(s, len(rows), func(r int) []float64 { return y[r*width:][:f.dim] }))
	score := Score(s, f.den, f.sched, x, f.t)
	f.scatter(score, func(r int, v []float64) {
		a, b := f.coef(r)
		for c := range v {
			dy[r*width+c] = a*y[r*width+c] + b*v[c]
		}
	})
	if !trace {
		return
	}
	for j := range f.n {
		c := s.ChildMode(autodiff.Eval)
		e := f.gather(c, len(rows), func(r int) []float64 { return f.dir(rows[r], j) })
		var out [1]autodiff.Var
		c.JVP([]autodiff.Var{x}, []autodiff.Var{e}, []autodiff.Var{score}, out[:])
		f.scatter(out[0], func(r int, je []float64) {
			a, b := f.coef(r)
			ee, eje := 0.0, 0.0
			for c, v := range f.dir(rows[r], j) {
				ee += v * v
				eje += v * je[c]
			}
			dy[r*width+f.dim+j] = a*ee + b*eje
		})
		c.Close()
	}
}

// coef returns the coefficients of dx/dtau = a x + b s in row r.
func (f *flow) coef(r int) (a, b float64) {
	t := f.t[r]
	return f.rate[r] * f.sched.Drift(t), -f.rate[r] * f.sched.G2(t) / 2
}

// gather returns a Var [rows,...] made of the values that row gives for each r.
func (f *flow) gather(s *autodiff.Scope, rows int, row func(r int) []float64) autodiff.Var {
	v := s.Input(f.shape.Insert(0, rows))
	h := autodiff.Host[float64](v)
	for r := range rows {
		copy(h[r*f.dim:(r+1)*f.dim], row(r))
	}
	return v
}

// weighted returns a Var [rows,...] whose element c in row r is value(r, c).
func (f *flow) weighted(s *autodiff.Scope, rows int, value func(r, c int) float64) autodiff.Var {
	return batch.Fill(s, f.shape.Insert(0, rows), func(i int) float64 { return value(i/f.dim, i%f.dim) })
}

// scatter calls use with the values of each row of v, which are valid during the call only.
func (f *flow) scatter(v autodiff.Var, use func(r int, values []float64)) {
	h := autodiff.Host[float64](v)
	for r := 0; r*f.dim < len(h); r++ {
		use(r, h[r*f.dim:(r+1)*f.dim])
	}
}
