package dpnp

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"tweedie/infer"
)

// invariance tells whether the prior's draws and its denoising draws are of one law, on which the weights of sequential
// Monte Carlo rest: draws of the prior, noised to a level and denoised once, must keep the mean of every number, but for a shift too small to matter.
type invariance struct {
	made  bool
	worst float64 // largest shift of a mean by the rounds of a level beyond mostShift of its deviation, in standard errors
	name  string  // of the number with it
	tests int
	drift float64 // of log Z over all levels, in nats, as far as it is beyond its own error
}

// mostTested bounds the draws of the prior that are tested at a level.
const mostTested = 256

// testInvariance tests draws of the prior at a few of the levels. A prior in closed form whose draws are exact needs
// none: its denoising draws are within their tolerance.
func (s *smc) testInvariance() error {
	t := &s.test
	if s.closedForm() {
		t.made = true
		return nil
	}
	levels := min(s.method.SMC.Invariance, len(s.etas))
	if levels == 0 {
		return nil
	}
	n := min(mostTested, len(s.pool)/s.d)
	before := s.pool[:n*s.d]
	drifts := make([]float64, levels)
	for i := range levels {
		k := i * (len(s.etas) - 1) / max(levels-1, 1)
		eta := s.etas[k]
		after := make([]float64, len(before))
		streams := s.streams("invariance", k, n)
		infer.FillNorms(after, streams)
		for j, v := range before {
			after[j] = v + eta*after[j]
		}
		if err := s.dds.Draw(s.eval, after, eta, streams); err != nil {
			return err
		}
		drift, err := t.compare(s, before, after, k)
		if err != nil {
			return err
		}
		drifts[i] = drift
	}
	for k := range s.etas {
		// The drift of a level that was not tested is that of the nearest one that was.
		i := int(math.Round(float64(k) * float64(levels-1) / float64(max(len(s.etas)-1, 1))))
		rounds := s.method.SMC.Rounds
		if k+1 < len(s.etas) {
			t.drift += float64(rounds) * drifts[min(i, levels-1)]
		}
	}
	t.made = true
	return nil
}

// compare takes up the paired differences of level k, and returns the drift of the next increment in nats for a round.
func (t *invariance) compare(s *smc, before, after []float64, k int) (drift float64, err error) {
	n := len(before) / s.d
	var pixel, component, ll paired
	var inc []float64
	for i := range n {
		b, a := before[i*s.d:(i+1)*s.d], after[i*s.d:(i+1)*s.d]
		pixel.add(stat.Mean(b, nil), stat.Mean(a, nil))
		if s.spread.axis != nil {
			component.add(project(b, s.spread.mean, s.spread.axis), project(a, s.spread.mean, s.spread.axis))
		}
		rb, err := s.coupled.Residual(b)
		if err != nil {
			return 0, err
		}
		ra, err := s.coupled.Residual(a)
		if err != nil {
			return 0, err
		}
		ll.add(rb.LogLik(s.etas[k], true), ra.LogLik(s.etas[k], true))
		if k+1 < len(s.etas) {
			inc = append(inc, ra.LogLik(s.etas[k+1], true)-rb.LogLik(s.etas[k+1], true)-ll.change[i])
		}
	}
	for name, p := range map[string]paired{"mean pixel": pixel, "first component": component, "log-likelihood": ll} {
		if z := p.shift(s.method.SMC.Rounds); z > t.worst {
			t.worst, t.name = z, fmt.Sprintf("%s at eta %.3g", name, s.etas[k])
		}
		if len(p.change) > 0 {
			t.tests++
		}
	}
	mean, se := infer.MeanAndError(inc)
	if len(inc) < 2 {
		return 0, nil
	}
	return max(0, math.Abs(mean)-2*se), nil
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

// rareDrift is the probability with which a prior of one law fails the test.
const rareDrift = .01

// judge adds the check to a result.
func (t *invariance) judge(res *infer.Result) {
	if t.tests == 0 {
		return
	}
	limit := math.Sqrt2 * math.Erfinv(1-rareDrift/float64(t.tests))
	name := "change of the prior's draws by a level, in standard errors beyond what matters"
	if t.name != "" {
		name += ", " + t.name
	}
	res.Judge(infer.Verdict{Name: name, Value: t.worst, Limits: infer.AtMost(limit), Causes: []string{"the network's denoising does not belong to one prior at all noise levels"}},
		"the prior's draws and its denoising draws are of one law", "the prior's draws and its denoising draws are of different laws, so that the weights of modes are off by an unknown amount")
}
