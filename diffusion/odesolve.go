package diffusion

import (
	"context"
	"math"
)

// solve is the integration of one batch, with states [n,dim+f.n] of x and one trace ell for each direction.
type solve struct {
	p     *ODEPrior
	ctx   context.Context
	f     *flow
	n     int
	state []float64
	evals []int
	end   []float64   // x_T
	dpi   []float64   // grad log pi(x_T)
	logpi []float64   // log pi(x_T)
	path  [][]segment // the steps of each sample, when they are kept

	inputs, ybar [][]float64 // by stage
	kbar, w      []float64
}

// segment is a step that a sample took: from grid time tau over h, starting at x.
type segment struct {
	tau, h float64
	x      []float64
}

// integrate returns the solve of samples x [n,dim] at its beginning.
func (p *ODEPrior) integrate(ctx context.Context, f *flow, x []float64) *solve {
	n := len(x) / f.dim
	b := &solve{p: p, ctx: ctx, f: f, n: n, evals: make([]int, n), path: make([][]segment, n)}
	b.state = make([]float64, n*(f.dim+f.n))
	for r := range n {
		copy(b.state[r*(f.dim+f.n):], x[r*f.dim:(r+1)*f.dim])
	}
	return b
}

// solver returns a solver over states of the given width, with the configured method.
func (b *solve) solver(width int) *solver {
	c := b.p.Config
	return &solver{ctx: b.ctx, tab: c.tableau(), width: width, maxSteps: c.MaxSteps}
}

// forward integrates from T0 to T and evaluates the terminal density there. With keep it remembers the steps for
// backward.
func (b *solve) forward(keep bool) error {
	c, d := b.p.Config, b.f.dim
	s := b.solver(d + b.f.n)
	s.rhs = func(rows []int, tau, y, dy []float64) error {
		b.f.slope(rows, tau, y, dy, true)
		return nil
	}
	s.norm = func(e, y, z []float64) float64 {
		ell := 0.0
		for _, v := range e[d:] {
			ell += v
		}
		if !b.f.same {
			ell /= float64(b.f.n)
		}
		return math.Max(rmsError(e[:d], y, z, c.RTol, c.ATol), math.Abs(ell)/c.LTol)
	}
	if keep {
		s.onStep = func(row int, tau, h float64, y []float64) {
			b.path[row] = append(b.path[row], segment{tau, h, append([]float64(nil), y[:d]...)})
		}
	}
	from, to := b.f.grid(c.T0), b.f.grid(b.p.Schedule.T())
	if err := b.run(s, b.state, from, to); err != nil {
		return err
	}
	b.end, b.dpi, b.logpi = make([]float64, b.n*d), make([]float64, b.n*d), make([]float64, b.n)
	for r := range b.n {
		copy(b.end[r*d:(r+1)*d], b.state[r*(d+b.f.n):])
	}
	b.p.terminal(b.f, b.end, b.logpi, b.dpi)
	return nil
}

// run integrates state with fixed or controlled steps, as the configuration says, and counts the evaluations.
func (b *solve) run(s *solver, state []float64, from, to float64) error {
	if steps := b.p.Config.Steps; steps > 0 {
		for r := range b.evals {
			b.evals[r] += steps * len(s.tab.B)
		}
		return s.fixed(state, from, to, steps)
	}
	return s.adaptive(state, from, to, b.evals)
}

// rmsError returns the root mean square of e in units of atol + rtol max(|y|, |z|).
func rmsError(e, y, z []float64, rtol, atol float64) float64 {
	sum := 0.0
	for i, v := range e {
		q := v / (atol + rtol*math.Max(math.Abs(y[i]), math.Abs(z[i])))
		sum += q * q
	}
	return math.Sqrt(sum / float64(len(e)))
}

// collect appends the densities of the batch to res, with the standard errors over the probes.
func (b *solve) collect(res *Density) {
	d, n := b.f.dim, b.f.n
	for r := range b.n {
		ell := b.state[r*(d+n)+d : (r+1)*(d+n)]
		sum := 0.0
		for _, v := range ell {
			sum += v
		}
		spread := 0.0
		if !b.f.same {
			sum /= float64(n)
			for _, v := range ell {
				spread += (v - sum) * (v - sum)
			}
			spread = math.Sqrt(spread / float64(n-1) / float64(n))
		}
		res.LogProb = append(res.LogProb, b.logpi[r]+sum)
		res.StdErr = append(res.StdErr, spread)
	}
	res.Evaluations = append(res.Evaluations, b.evals...)
	res.End = append(res.End, b.end...)
}
