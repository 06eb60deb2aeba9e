package dpi

import (
	"context"
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// finish draws the samples, estimates the ELBO from fresh ones, and says whether the fit has converged. When ctx ends it gives the
// samples and their mean and deviation alone, which take no evaluation, and leaves Draws at 0.
func (f *fit) finish(ctx context.Context, res *infer.Result, run infer.Run) error {
	f.ctx, f.level = ctx, 0
	err := f.judged(res, run)
	if err == nil || ctx.Err() == nil {
		return err
	}
	if res.Samples == nil {
		if err := f.sample(res, run); err != nil {
			return err
		}
	}
	res.Summarise()
	res.Evaluations = f.evaluations()
	return nil
}

// sample draws the samples.
func (f *fit) sample(res *infer.Result, run infer.Run) error {
	m, _, _, err := f.batch(rng.New(run.Seed).Split("dpi.samples", 0), run.Samples, false)
	if err != nil {
		return err
	}
	for i, v := range m {
		m[i] = f.p.Affine.ToPhysical(v)
	}
	res.Samples = infer.Split(m, f.d)
	return nil
}

// judged does what finish does while the context has not ended.
func (f *fit) judged(res *infer.Result, run infer.Run) error {
	key := rng.New(run.Seed)
	if err := f.settle(key); err != nil {
		return err
	}
	if err := f.sample(res, run); err != nil {
		return err
	}
	var elbo, drawn []float64
	var fresh moments
	for i := 0; len(elbo) < f.method.Check; i++ {
		n := min(f.method.Batch, f.method.Check-len(elbo))
		m, logq, value, err := f.batch(key.Split("dpi.check", i), n, true)
		if err != nil {
			return err
		}
		for lo := 0; lo < len(m); lo += f.d {
			fresh.add(m[lo:lo+f.d], f.p.Affine)
		}
		if f.density() {
			drawn = append(drawn, m...)
		}
		for j := range n {
			elbo = append(elbo, value[j]-logq[j])
		}
	}
	res.Mean, res.Std, res.Draws = fresh.mean, fresh.std(), f.method.Check
	mean, se := infer.MeanAndError(elbo)
	res.Diagnose("ELBO", mean, se, "log evidence minus KL(q || posterior), in nats, from fresh samples")
	near := drawn != nil && f.weigh(res, drawn, elbo)
	slope, slopeSE := elboSlope(f.trace)
	res.Diagnose("ELBO slope", slope, slopeSE, "nats per 1000 steps over the last third of the run")
	rise := math.Abs(slope) * float64(len(f.trace)/3) / 1000
	switch {
	case math.IsNaN(slope):
		res.Warn(fmt.Sprintf("not converged: %d steps are too few to tell; raise steps", len(f.trace)))
	case near: // what is left to gain is known, and little
	default:
		if math.Abs(slope) <= 2*slopeSE {
			rise = 0
		}
		res.Judge(infer.Verdict{Name: "change of the ELBO over the last third of the steps beyond two errors of its slope, in nats", Value: rise, Limits: infer.AtMost(mostKL), Causes: []string{"too few steps; steps"}},
			"the ELBO has settled", "not converged: the ELBO still changed")
	}
	if f.method.Family.BatchStatistics {
		res.Warn("batch statistics: each sample depends on its batch, so log q and the ELBO are not exact")
	}
	if f.method.Data != 1 || f.method.Log != 1 || f.method.Entropy != 1 {
		res.Warn("the weights of the objective are not all 1, so q does not approximate the posterior")
	}
	res.Evaluations = f.evaluations()
	return nil
}

// moments holds the running mean and sum of squared deviations of images (Welford 1962).
type moments struct {
	n        float64
	mean, m2 []float64
}

// add takes in an image in the prior's units.
func (w *moments) add(m []float64, a diffusion.Affine) {
	if w.mean == nil {
		w.mean, w.m2 = make([]float64, len(m)), make([]float64, len(m))
	}
	w.n++
	for i, v := range m {
		x := a.ToPhysical(v)
		d := x - w.mean[i]
		w.mean[i] += d / w.n
		w.m2[i] += d * (x - w.mean[i])
	}
}

func (w *moments) std() []float64 {
	s := make([]float64, len(w.m2))
	for i, v := range w.m2 {
		s[i] = math.Sqrt(v / (w.n - 1))
	}
	return s
}

// batch draws n samples m of q; with score it also gives log q(x) and log p(y|x) + log p(x) of each.
func (f *fit) batch(key rng.Key, n int, score bool) (m, logq, value []float64, err error) {
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	defer autodiff.Catch(&err)
	sample, lq := f.draw(s, f.q.draw, key, n)
	m = make([]float64, n*f.d)
	sample.CopyTo64(m)
	if err := nonfinite.Check("the draw of q", m, 0, f.d); err != nil || !score {
		return m, nil, nil, err
	}
	logq, value = make([]float64, n), make([]float64, n)
	lq.CopyTo64(logq)
	if _, err := f.target(key, sample, n, 1); err != nil {
		return nil, nil, nil, err
	}
	shift := float64(f.d) * math.Log(f.p.Affine.Unit())
	for i := range n {
		logq[i] -= shift
		value[i] = f.logp[i] - shift - f.p.Likelihood.NegLogLik(f.x[i*f.d:(i+1)*f.d])
	}
	if err := nonfinite.Check("log q(x)", logq, 0, 1); err != nil {
		return nil, nil, nil, err
	}
	return m, logq, value, nonfinite.Check("log p(x, y)", value, 0, 1)
}

// elboSlope returns the slope of the ELBO in nats per 1000 steps over the last third of a run, by least squares on the
// means of 20 blocks, with its standard error from the residuals.
func elboSlope(trace []infer.TracePoint) (slope, se float64) {
	const blocks = 20
	tail := trace[len(trace)-len(trace)/3:]
	per := len(tail) / blocks
	if per < 1 {
		return math.NaN(), math.NaN()
	}
	var x, y [blocks]float64
	for b := range blocks {
		for _, p := range tail[b*per : (b+1)*per] {
			x[b] += float64(p.Step) / 1000 / float64(per)
			y[b] -= p.Value / float64(per)
		}
	}
	mx, _ := infer.MeanAndError(x[:])
	my, _ := infer.MeanAndError(y[:])
	var sxx, sxy, rss float64
	for b := range blocks {
		sxx += (x[b] - mx) * (x[b] - mx)
		sxy += (x[b] - mx) * (y[b] - my)
	}
	slope = sxy / sxx
	for b := range blocks {
		r := y[b] - my - slope*(x[b]-mx)
		rss += r * r
	}
	return slope, math.Sqrt(rss / (blocks - 2) / sxx)
}
