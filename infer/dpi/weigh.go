package dpi

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/diffusion"
	"tweedie/eval"
	"tweedie/infer"
)

// mostKL is the KL(q || posterior), in nats, that a fit may have, and the change of its ELBO over the last third of the steps where
// KL is not known.
const mostKL = 1

// density reports whether log w = log p(x, y) - log q(x) is known for draws of q, so that they can be weighed: not with the surrogate,
// which is a bound, nor with a family whose density is not that of its draws, nor for another target than the posterior.
func (f *fit) density() bool {
	m := f.method
	return m.Prior.Kind != "surrogate" && f.q.draw.Exact() && m.Data == 1 && m.Log == 1
}

// weigh makes draws of the posterior of fresh draws of q, in the prior's units, by their log w. Where the tail of the weights allows
// it, they estimate log p(y) = log E_q[w], and with it KL(q || posterior) = log p(y) - ELBO; it reports whether that is at most
// mostKL. Neither sees a mode that no draw of q is in.
func (f *fit) weigh(res *infer.Result, drawn, logw []float64) bool {
	causes := []string{"a family too narrow for this posterior; family.kind", "a fit that has not converged; steps"}
	smoothed, k := eval.PSIS(logw)
	v := infer.Verdict{Name: "Pareto k of p(x,y)/q(x)", Value: k, Limits: infer.AtMost(eval.KHatLimit), Causes: causes}
	if math.IsInf(k, 1) {
		v.Value = math.NaN()
	}
	passed := "q is close enough to the posterior for weights to correct what is left"
	if c := f.method.Prior; c.Kind == "ode" && c.Flow.Trace != diffusion.ExactTrace {
		passed += fmt.Sprintf("; k has the noise of %d probes of the ODE in it", c.Flow.Probes)
	}
	if !res.Judge(v, passed, "q is far from the posterior, so that neither its draws nor weighted ones are those of the posterior") {
		return false
	}
	for i, v := range drawn {
		drawn[i] = f.p.Affine.ToPhysical(v)
	}
	res.Weighted = &infer.WeightedDraws{Samples: infer.Split(drawn, f.d)}
	n := float64(len(logw))
	evidence := floats.LogSumExp(logw) - math.Log(n)
	squares := 0.0
	for i, l := range logw {
		res.Weighted.Weights = append(res.Weighted.Weights, math.Exp(smoothed[i]))
		w := math.Exp(l-evidence) - 1
		squares += w * w
	}
	se := math.Sqrt(squares / (n - 1) / n)
	res.Evidence = &infer.Evidence{Value: evidence, StdErr: se}
	elbo, _ := infer.MeanAndError(logw)
	return res.Judge(infer.Verdict{Name: "KL(q || posterior), in nats", Value: max(0, evidence-elbo), Limits: infer.AtMost(mostKL), Causes: causes},
		fmt.Sprintf("the weights find log p(y) at %.4g ± %.2g, little above the ELBO", evidence, se), "q differs from the posterior; its weighted draws, weighted.npy, are closer")
}
