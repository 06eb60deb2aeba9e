package dpnp

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/infer"
	"tweedie/rng"
)

// invariance tells whether the prior's draws and its denoising draws are of one law, on which the evidence and the weights of
// modes rest: draws of the prior, noised to a level and denoised once, must keep the mean of every number, but for a shift too
// small to matter.
type invariance struct {
	made  bool
	worst float64 // largest |z| of the paired differences of the means
	name  string  // of the number with it
	tests int
	moved []float64 // by which each draw moves log Z over all levels, in nats
}

// change is what a denoising draw does to one draw of the prior.
type change struct {
	before, after float64 // log-likelihood of the level
	step          float64 // by which the log-weight of the step to the next level grows, for all rounds of the level
}

// mostTested bounds the draws of the prior that are tested at a level.
const mostTested = 256

// testInvariance tests n draws of the prior at so many of the levels etas; compare tells what a denoising draw changed at level
// k, where noised became after, with random numbers of its own. A prior in closed form whose draws are exact needs none: its
// denoising draws are within their tolerance.
func (e *engine) testInvariance(n, levels int, etas []float64, compare func(before, noised, after []float64, k int, st *rng.Stream) (change, error)) (t invariance, err error) {
	if e.closedForm() {
		return invariance{made: true}, nil
	}
	if levels = min(levels, len(etas)); levels == 0 {
		return t, nil
	}
	before, err := e.drawsOfPrior(n)
	if err != nil {
		return t, err
	}
	t = invariance{made: true, moved: make([]float64, n)}
	stands := standsFor(len(etas), levels)
	for i := range levels {
		k := tested(i, len(etas), levels)
		noised := make([]float64, len(before))
		streams := e.streams("invariance", k, n)
		infer.FillNorms(noised, streams)
		for j, v := range before {
			noised[j] = v + etas[k]*noised[j]
		}
		after := append([]float64(nil), noised...)
		if err := e.dds.Draw(e.eval, after, etas[k], streams); err != nil {
			return invariance{}, err
		}
		changes := make([]change, n)
		for j := range n {
			lo, hi := j*e.d, (j+1)*e.d
			if changes[j], err = compare(before[lo:hi], noised[lo:hi], after[lo:hi], k, streams[j]); err != nil {
				return invariance{}, err
			}
		}
		t.takeLevel(e, before, after, changes, stands[i], fmt.Sprintf(" at eta %.3g", etas[k]))
	}
	t.take("evidence, summed over levels", zOf(t.moved), len(t.moved))
	return t, nil
}

// takeLevel takes up the draws of one level, which stands for so many steps.
func (t *invariance) takeLevel(e *engine, before, after []float64, changes []change, stands float64, at string) {
	var pixel, component, ll paired
	for j, c := range changes {
		b, a := before[j*e.d:(j+1)*e.d], after[j*e.d:(j+1)*e.d]
		pixel.add(floats.Sum(b)/float64(e.d), floats.Sum(a)/float64(e.d))
		if e.spread.axis != nil {
			component.add(project(b, e.spread.mean, e.spread.axis), project(a, e.spread.mean, e.spread.axis))
		}
		ll.add(c.before, c.after)
	}
	for j, v := range driftOf(changes) {
		t.moved[j] += stands * v
	}
	rounds := max(1, e.method.SMC.Rounds)
	t.take("mean pixel"+at, pixel.shift(rounds), len(pixel.change))
	t.take("first component"+at, component.shift(rounds), len(component.change))
	t.take("log-likelihood"+at, ll.shift(rounds), len(ll.change))
}

// driftOf returns numbers, one of each draw, whose mean is the mean growth of step and whose standard error is its own. The mean is that of
// draws with the weights (L L')^b, L and L' the likelihoods before and after: b is 1/2, or so far below it that the draws are worth half of
// their number. Where denoising draws keep a law, it is the same to go back, and with such weights nothing grows on the mean; they
// tell of images that the data allow, while those of other draws of the prior are moved by hundreds of nats either way.
func driftOf(changes []change) []float64 {
	n := float64(len(changes))
	at := func(b float64) []float64 {
		w := make([]float64, len(changes))
		for j, c := range changes {
			w[j] = b * (c.before + c.after)
		}
		total := floats.LogSumExp(w)
		for j, l := range w {
			w[j] = math.Exp(l - total)
		}
		return w
	}
	enough := func(w []float64) bool { return floats.Dot(w, w)*n <= 2 }
	w := at(.5)
	if lo, hi := 0.0, .5; !enough(w) {
		for range 50 {
			if mid := (lo + hi) / 2; enough(at(mid)) {
				lo = mid
			} else {
				hi = mid
			}
		}
		w = at(lo)
	}
	mean := 0.0
	for j, c := range changes {
		mean += w[j] * c.step
	}
	out := make([]float64, len(changes))
	for j, c := range changes {
		out[j] = mean + n*w[j]*(c.step-mean)
	}
	return out
}

// tested returns the number of the i-th of so many levels that are tested, evenly spread over all n.
func tested(i, n, levels int) int { return i * (n - 1) / max(levels-1, 1) }

// standsFor returns for each tested level how many steps from one of all n levels to the next it stands for: those that no
// other tested level is nearer to.
func standsFor(n, levels int) []float64 {
	out := make([]float64, levels)
	for k := range n - 1 {
		nearest := 0
		for i := range levels {
			// The last level has no step of its own.
			if at := tested(i, n, levels); at < n-1 && abs(at-k) < abs(tested(nearest, n, levels)-k) {
				nearest = i
			}
		}
		out[nearest]++
	}
	return out
}

func abs(i int) int { return max(i, -i) }

// take takes up the |z| of a number of n draws.
func (t *invariance) take(name string, z float64, n int) {
	if n == 0 {
		return
	}
	t.tests++
	if z > t.worst {
		t.worst, t.name = z, name
	}
}

// mostShift is the shift of a mean, in deviations of the number, that the rounds of a level may make: it changes the share of a normal
// law beyond any value, such as that between two modes, by at most mostShift/sqrt(2 pi), .02.
const mostShift = .05

// paired holds a number of draws of the prior, and its change by a denoising draw.
type paired struct{ before, change []float64 }

func (p *paired) add(before, after float64) {
	p.before, p.change = append(p.before, before), append(p.change, after-before)
}

// shift returns by how many standard errors so many rounds shift the mean beyond mostShift; 0 for fewer than two numbers or none that
// change.
func (p *paired) shift(rounds int) float64 {
	mean, se := infer.MeanAndError(p.change)
	if len(p.change) < 2 || se == 0 {
		return 0
	}
	_, each := infer.MeanAndError(p.before)
	most := mostShift * each * math.Sqrt(float64(len(p.before))) / float64(rounds)
	return max(0, math.Abs(mean)-most) / se
}

// drift returns by how much the denoising draws move log Z to first order, with the standard error of that: the sum over
// levels of the mean change of the log-weights of the step to the next one.
func (t *invariance) drift() (nats, err float64) {
	if len(t.moved) < 2 {
		return 0, 0
	}
	mean, se := infer.MeanAndError(t.moved)
	return math.Abs(mean), se
}

// zOf returns the mean of v over its standard error, without its sign; 0 for fewer than two numbers or none that differ.
func zOf(v []float64) float64 {
	mean, se := infer.MeanAndError(v)
	if len(v) < 2 || se == 0 {
		return 0
	}
	return math.Abs(mean / se)
}

// rareDrift is the probability with which a prior of one law fails the test.
const rareDrift = .01

// limit returns the largest |z| that means of one law leave.
func (t *invariance) limit() float64 {
	return math.Sqrt2 * math.Erfinv(1-rareDrift/float64(max(t.tests, 1)))
}

// judge adds the check to a result.
func (t *invariance) judge(res *infer.Result) {
	if t.tests == 0 {
		return
	}
	name := "change of the prior's draws by a level, in standard errors beyond what matters"
	if t.name != "" {
		name += ", " + t.name
	}
	res.Judge(infer.Verdict{Name: name, Value: t.worst, Limits: infer.AtMost(t.limit()), Causes: []string{"the network's denoising does not belong to one prior at all noise levels"}},
		"the prior's draws and its denoising draws are of one law", "the prior's draws and its denoising draws are of different laws, so that the weights of modes are off by an unknown amount")
	if nats, se := t.drift(); se > 0 {
		res.Diagnose("drift of log p(y)", nats, se, "in nats, to first order, by which denoising draws move draws of the prior; mostly noise where it is not above twice its error")
	}
}

// mostDrift is the error of log p(y) in nats that denoising draws may make where it is above the Monte Carlo error.
const mostDrift = .1

// error returns the error of log p(y) that joins the Monte Carlo error mc, as far as the drift is beyond twice its own error; or
// why there is no evidence: the test has failed, and the drift is not known to be below the larger of mc and mostDrift.
func (t *invariance) error(mc float64) (nats float64, why string) {
	if !t.made {
		return 0, "the prior was not tested to be the same in its draws and at all levels; smc.invariance_tests"
	}
	drift, se := t.drift()
	if t.worst > t.limit() && drift+2*se > max(mc, mostDrift) {
		return 0, fmt.Sprintf("the draws of the prior and its denoising draws are not of one law, and their drift from level to level, %.2g ± %.2g nats, is not known to be below the Monte Carlo error of %.2g", drift, se, mc)
	}
	return max(0, drift-2*se), ""
}
