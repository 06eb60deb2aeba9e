package dpnp

import (
	"encoding/binary"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/infer"
)

// result returns as many samples as the run asks for, equally spaced among the particles, with what the levels say about
// them.
func (s *smc) result() *infer.Result {
	res := &infer.Result{Weighted: s.weighted}
	n := len(s.ancestor)
	different := map[string]bool{}
	var bytes []byte
	for i := range s.run.Samples {
		k := i * n / s.run.Samples
		x := s.x[k*s.d : (k+1)*s.d]
		res.Samples = append(res.Samples, append([]float64(nil), x...))
		bytes, _ = binary.Append(bytes[:0], binary.LittleEndian, x) // numbers never fail
		different[string(bytes)] = true
	}
	if len(different) < len(res.Samples) {
		res.Distinct = len(different)
	}
	if len(s.etas) == 0 || s.etas[len(s.etas)-1] > s.method.EtaMin {
		return res
	}
	s.judge(res)
	res.Evidence = s.evidence()
	return res
}

// leastAncestors is the number of draws of the prior from which the samples must descend.
const leastAncestors = 5

// judge adds the checks of a finished run.
func (s *smc) judge(res *infer.Result) {
	ancestors := map[int]bool{}
	for _, a := range s.ancestor {
		ancestors[a] = true
	}
	res.Diagnose("levels of sequential Monte Carlo", float64(len(s.etas)), 0,
		fmt.Sprintf("from eta %.4g to %.4g; %d particles in %d islands, %d draws of the prior for each", s.etas[0], s.method.EtaMin, len(s.ancestor), len(s.logZ), s.method.SMC.PriorDraws))
	res.Judge(infer.Verdict{Name: "draws of the prior from which the samples descend", Value: float64(len(ancestors)), Limits: infer.AtLeast(leastAncestors),
		Causes: []string{"too few particles for these data; smc.particles", "an image that is unlike those of the prior"}},
		"the samples descend from enough draws of the prior", "the samples descend from so few draws of the prior that they may miss modes and their spread is too small")
	res.Judge(infer.Verdict{Name: "share of particles that the last weights keep", Value: s.ess[len(s.ess)-1], Limits: infer.AtLeast(s.method.SMC.Keep / 2)},
		"the weights of the last level are even", "the weights of the last level are concentrated on few particles")
	s.test.judge(res)
}

// leastVariance returns the variance of log Z that the weights alone leave, sum over levels of (M/ESS - 1)/M for M draws.
func (s *smc) leastVariance() float64 {
	n := float64(s.method.SMC.Particles)
	sum, draws := 0.0, n*float64(s.method.SMC.PriorDraws)
	for _, share := range s.ess {
		sum += max(0, draws/(share*n)-1) / draws
		draws = n
	}
	return sum
}

// evidence returns log p(y) with its error, or why there is none.
func (s *smc) evidence() *infer.Evidence {
	j := float64(len(s.logZ))
	value := floats.LogSumExp(s.logZ) - math.Log(j)
	none := func(format string, args ...any) *infer.Evidence {
		return &infer.Evidence{Value: value, Why: fmt.Sprintf(format, args...)}
	}
	if len(s.logZ) < 2 {
		return none("the particles form one island, and one estimate does not tell its error; take %d smc.particles, or set smc.islands", forIslands)
	}
	sum, squares, spread := 0.0, 0.0, 0.0
	for _, z := range s.logZ {
		w := math.Exp(z - value)
		sum, squares, spread = sum+w, squares+w*w, spread+(w-1)*(w-1)
	}
	if worth := sum * sum / squares; worth < j/2 {
		return none("the estimates of the %d islands differ so much that they are worth %.1f of them", len(s.logZ), worth)
	}
	// Few islands tell their spread badly; the quantile of Student's t makes up for it. Weights alone, with perfect mixing,
	// leave at least the sum below.
	wide := distuv.StudentsT{Sigma: 1, Nu: j - 1}.Quantile(.975) / distuv.UnitNormal.Quantile(.975)
	mc := max(wide*math.Sqrt(spread/(j-1)/j), math.Sqrt(s.leastVariance()))
	drift, why := s.test.error(mc)
	if why != "" {
		return none("%s", why)
	}
	return &infer.Evidence{Value: value, StdErr: math.Hypot(mc, drift)}
}
