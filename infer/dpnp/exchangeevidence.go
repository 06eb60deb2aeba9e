package dpnp

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/infer"
)

// evidence returns log p(y) with its error, or why there is none. The ratio of the normalising constants of neighbours follows
// from the replicas of both by the acceptance ratio of Bennett (1976); it is 1 at the hottest rung, where the power of the
// likelihood is 0; and the mean of the weights L(x)/L(z) leads from the coldest rung to the posterior. The error is
// that of leaving out one ladder after the other, and that of the denoising draws: of a prior in closed form, where they are
// wrong by the share q of a variance in every direction, log Z is wrong by up to the sum of q/2 n log(eta_k/eta_k+1); of any other
// prior it is the drift that the test of invariance finds.
func (x *exchange) evidence() *infer.Evidence {
	none := func(why string) *infer.Evidence { return &infer.Evidence{Why: why} }
	switch {
	case x.rungs[0].Temper > 0:
		return none("the ladder does not begin at the prior")
	case !x.corrected:
		return none("the weights that lead from the coldest replicas to the posterior have too heavy a tail")
	}
	value := x.logZ(-1)
	if x.ladders < 2 {
		return &infer.Evidence{Value: value, Why: "there is one ladder, and one estimate does not tell its error; exchange.ladders"}
	}
	without := make([]float64, x.ladders)
	for l := range without {
		without[l] = x.logZ(l)
	}
	middle, _ := infer.MeanAndError(without)
	sum := 0.0
	for _, v := range without {
		sum += (v - middle) * (v - middle)
	}
	n := float64(x.ladders)
	mc := math.Sqrt((n - 1) / n * sum)
	drift, why := x.test.error(mc)
	if x.closedForm() {
		drift, why = x.tolerated(mc)
	}
	if why != "" {
		return &infer.Evidence{Value: value, Why: why}
	}
	return &infer.Evidence{Value: value, StdErr: math.Hypot(mc, drift)}
}

// tolerated returns the error of log p(y) that denoising draws of a prior in closed form may make, or why it is too large beside
// the Monte Carlo error mc.
func (x *exchange) tolerated(mc float64) (nats float64, why string) {
	drift, known := x.drift()
	switch {
	case !known:
		return 0, "it is not known how well the denoising draws are made; dds_tolerance"
	case drift > max(mc, mostDrift):
		return 0, fmt.Sprintf("the denoising draws may move it by %.2g nats, and the Monte Carlo error is %.2g; dds_tolerance", drift, mc)
	}
	return drift, ""
}

// drift returns the error of log Z that the denoising draws may make, when they are made to a tolerance.
func (x *exchange) drift() (nats float64, known bool) {
	t, ok := x.dds.(*Tolerant)
	if !ok {
		return 0, false
	}
	for k := range len(x.rungs) - 1 {
		fit, err := t.At(x.rungs[k].Eta)
		if err != nil {
			return 0, false
		}
		nats += fit.Error / 2 * float64(x.d) * math.Log(x.rungs[k].Eta/x.rungs[k+1].Eta)
	}
	return nats, true
}

// logZ returns log p(y) from all ladders but one; -1 leaves none out.
func (x *exchange) logZ(without int) float64 {
	total := 0.0
	for k := range len(x.rungs) - 1 {
		total += bennett(x.ratios(k, k, without), x.ratios(k, k+1, without))
	}
	var logw []float64
	for i, w := range x.logw {
		if i%x.ladders != without {
			logw = append(logw, w)
		}
	}
	total += floats.LogSumExp(logw) - math.Log(float64(len(logw)))
	return total - x.constant()
}

// constant returns -log p(y|x) less the energy of x, by a draw that the noise allows.
func (x *exchange) constant() float64 {
	for lo := 0; lo < len(x.kept); lo += x.d {
		image := x.kept[lo : lo+x.d]
		if f := energy(x.p.Likelihood, image); f < worstEnergy {
			return x.p.Likelihood.NegLogLik(image) - f
		}
	}
	return math.NaN()
}

// ratios returns u = log pi_k+1/pi_k, but for log Z, at the replicas of rung at in all sweeps.
func (x *exchange) ratios(k, at, without int) []float64 {
	r, next := x.rungs[k], x.rungs[k+1]
	spread := float64(x.d) * math.Log(r.Eta/next.Eta)
	n := len(x.rungs) * x.ladders
	var u []float64
	for lo := 0; lo < len(x.energies); lo += 2 * n {
		for l := range x.ladders {
			if l != without {
				i := lo + 2*(at*x.ladders+l)
				u = append(u, spread+r.energyTo(next, x.energies[i], x.energies[i+1]))
			}
		}
	}
	return u
}

// bennett returns c = log Z_j/Z_i from as many draws of two laws as there are of each: with u = log pi_j/pi_i at those of i
// and at those of j, it solves sum_i s(u - c) = sum_j s(c - u), s(v) = 1/(1 + e^-v).
func bennett(ui, uj []float64) float64 {
	excess := func(c float64) float64 {
		sum := 0.0
		for _, u := range ui {
			sum += 1 / (1 + math.Exp(c-u))
		}
		for _, u := range uj {
			sum -= 1 / (1 + math.Exp(u-c))
		}
		return sum
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, u := range append(append([]float64(nil), ui...), uj...) {
		lo, hi = min(lo, max(u, -worstEnergy/4)), max(hi, u)
	}
	lo, hi = max(lo, -1e6)-50, min(hi, 1e6)+50
	for range 100 {
		if mid := (lo + hi) / 2; excess(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}
