package dpnp

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/inverse"
)

// rung is a place on a ladder.
type rung struct {
	T      float64 `json:"t"`      // along the path
	Eta    float64 `json:"eta"`    // coupling of x and z
	Temper float64 `json:"temper"` // power b of the likelihood
	Step   float64 `json:"step"`   // of the Langevin chain, in units of eta^2
}

// path leads from the prior to the posterior by the coupling eta and the power b of the likelihood,
//
//	t in [0, 1]    eta = hot,             b = t^2 min(1, (free/hot)^2)
//	t from 1 on    eta = hot e^-(t-1),    b = min(1, (free/eta)^2)
//
// so that z given x is held by the data at most as tight as by x while b < 1.
type path struct {
	Hot   float64 `json:"hot"`
	Cold  float64 `json:"cold"`
	Free  float64 `json:"free"`  // eta at which b becomes 1; +Inf is written as 0
	Start float64 `json:"start"` // t of the hottest replica: 0, or 1 where b does not start from 0
}

// at returns the rung at t.
func (p path) at(t float64) rung {
	r := rung{T: t, Eta: p.Hot, Temper: 1, Step: firstStep}
	if t > 1 {
		r.Eta = p.Hot * math.Exp(1-t)
	}
	if p.Free > 0 {
		r.Temper = min(1, p.Free*p.Free/(r.Eta*r.Eta))
	}
	if t < 1 {
		r.Temper *= t * t
	}
	return r
}

// firstStep is the step of a Langevin chain before it is adapted.
const firstStep = .5

// end returns the t of the coldest replica.
func (p path) end() float64 { return 1 + math.Log(p.Hot/p.Cold) }

// predicted returns about how many replicas exchange in .4 of all cases: neighbours whose couplings have the ratio r do in
// 2 Phi(-sqrt(k) ln r), where k counts the pixels, and the data where b changes with eta.
func (p path) predicted(pixels, data int) int {
	length := math.Log(p.Hot / p.Cold)
	tempered := 0.0
	if p.Free > 0 {
		tempered = min(length, max(0, math.Log(p.Hot/p.Free)))
	}
	far := math.Sqrt(float64(pixels+min(pixels, data)))*tempered + math.Sqrt(float64(pixels))*(length-tempered)
	return 2 + int(far/apart(swapTarget))
}

// apart returns the distance delta of two laws whose replicas exchange with the probability 2 Phi(-delta). Distances of
// neighbours add up along a path.
func apart(rate float64) float64 {
	return -distuv.UnitNormal.Quantile(min(max(rate, 1e-4), .99) / 2)
}

// respaced returns n places that divide the path through the places t into equal distances, given those between neighbours.
func respaced(t, distance []float64, n int) []float64 {
	sum := make([]float64, len(t))
	for k, d := range distance {
		sum[k+1] = sum[k] + d
	}
	out := make([]float64, n)
	for i := range out {
		at := sum[len(sum)-1] * float64(i) / float64(n-1)
		k := min(max(sort.SearchFloat64s(sum, at), 1), len(t)-1)
		out[i] = t[k-1] + (t[k]-t[k-1])*(at-sum[k-1])/(sum[k]-sum[k-1])
	}
	out[0], out[n-1] = t[0], t[len(t)-1]
	return out
}

// seen returns the number of data that count towards the replicas.
func (e *engine) seen() int { return len(e.p.Likelihood.Y) }

// Ends of paths.
const (
	hotDeviations   = 2    // largest deviations of the prior at which eta starts
	correctable     = .5   // sum over directions of (eta g)^2 at which weights L(x)/L(z) keep their variance
	eachCorrectable = .1   // (eta g)^2 of one direction; from 1/2 on its weights have no variance, and g may be twice its mean
	shortCold       = .3   // eta g of the cold end of a short path
	aboveLevels     = 1.01 // least eta over the least level of a network's training
	informed        = 64   // draws of the prior from which the information is estimated
)

// paths returns the whole path, and a short one over the couplings where modes separate, from the deviation of a pixel down
// to where the coupling adds a tenth to the variance of the noise. There is none,
// and no error, when the information is not a number to lay a path by.
func (e *engine) paths(lik *inverse.Likelihood) ([]path, error) {
	m := e.method
	info, err := e.information(lik)
	if err != nil || !(info > 0) || math.IsInf(info, 0) {
		return nil, err
	}
	full := path{Hot: m.EtaMax, Cold: m.EtaMin}
	if full.Hot == 0 {
		full.Hot = max(hotDeviations*e.spread.largest, m.EtaMin)
	}
	g := math.Sqrt(info / float64(min(e.d, e.seen())))
	if full.Cold == 0 {
		full.Cold = min(math.Sqrt(min(correctable/info, eachCorrectable/(g*g))), full.Hot)
	}
	if len(m.Levels) > 0 {
		full.Hot = min(full.Hot, m.Levels[len(m.Levels)-1])
		full.Cold = min(max(full.Cold, aboveLevels*m.Levels[0]), full.Hot)
	}
	_, langevin := e.prox.(*inverse.MALA)
	_, exact := e.prox.(inverse.ExactProximal)
	full.Start = 1
	if langevin || exact {
		full.Start, full.Free = 0, 1/g
	}
	short := full
	short.Start = 1
	if m.EtaMax == 0 {
		short.Hot = max(e.spread.rms, full.Cold)
	}
	if m.EtaMin == 0 {
		short.Cold = min(max(shortCold/g, full.Cold), short.Hot)
	}
	return []path{full, short}, nil
}
