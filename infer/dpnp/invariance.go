package dpnp

import (
	"fmt"
	"math"

	"tweedie/infer"
)

// invariance tells whether the prior's draws and its denoising draws are of one law, on which the weights of sequential
// Monte Carlo rest: draws of the prior, noised to a level and denoised once, must keep the mean of every number.
type invariance struct {
	made  bool
	worst float64 // largest |z| of the paired differences of the means
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
	var pixel, component, ll, inc []float64
	for i := range n {
		b, a := before[i*s.d:(i+1)*s.d], after[i*s.d:(i+1)*s.d]
		sum := 0.0
		for j := range b {
			sum += (a[j] - b[j]) / float64(s.d)
		}
		pixel = append(pixel, sum)
		if s.spread.axis != nil {
			component = append(component, project(a, b, s.spread.axis))
		}
		rb, err := s.coupled.Residual(b)
		if err != nil {
			return 0, err
		}
		ra, err := s.coupled.Residual(a)
		if err != nil {
			return 0, err
		}
		ll = append(ll, ra.LogLik(s.etas[k], true)-rb.LogLik(s.etas[k], true))
		if k+1 < len(s.etas) {
			inc = append(inc, ra.LogLik(s.etas[k+1], true)-rb.LogLik(s.etas[k+1], true)-ll[i])
		}
	}
	for name, v := range map[string][]float64{"mean pixel": pixel, "first component": component, "log-likelihood": ll} {
		if z := zOf(v); z > t.worst {
			t.worst, t.name = z, fmt.Sprintf("%s at eta %.3g", name, s.etas[k])
		}
		if len(v) > 0 {
			t.tests++
		}
	}
	mean, se := infer.MeanAndError(inc)
	if len(inc) < 2 {
		return 0, nil
	}
	return max(0, math.Abs(mean)-2*se), nil
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

// judge adds the check to a result.
func (t *invariance) judge(res *infer.Result) {
	if t.tests == 0 {
		return
	}
	limit := math.Sqrt2 * math.Erfinv(1-rareDrift/float64(t.tests))
	name := "change of the prior's draws by a denoising draw, in standard errors"
	if t.name != "" {
		name += ", " + t.name
	}
	res.Judge(infer.Verdict{Name: name, Value: t.worst, Limits: infer.AtMost(limit), Causes: []string{"the network's denoising does not belong to one prior at all noise levels"}},
		"the prior's draws and its denoising draws are of one law", "the prior's draws and its denoising draws are of different laws, so that the weights of modes are off by an unknown amount")
}
