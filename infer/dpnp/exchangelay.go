package dpnp

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"tweedie/eval"
	"tweedie/infer"
)

// ladderCount returns the number of ladders that the config asks for.
func (x *exchange) ladderCount() int {
	if n := x.asked.Ladders; n > 0 {
		return n
	}
	return min(x.engine.run.Samples, mostLadders)
}

// lay makes the ladders of the rungs and states of the pilot chains, and fills in the config. It reports false when they
// would cost too much.
func (x *exchange) lay() bool {
	m, p := &x.method, x.first
	replicas := len(p.rungs)
	if n := x.asked.Replicas; n > 0 && replicas > 1 {
		replicas = n
	}
	if !x.fill(replicas) {
		m.Exchange, m.Thin = x.asked, x.askedThin
		return false
	}
	m.EtaMax, m.EtaMin = x.path.Hot, x.path.Cold
	x.rungs, x.ladders = p.rungs, m.Exchange.Ladders
	if replicas != len(p.rungs) {
		t, same := make([]float64, len(p.rungs)), make([]float64, len(p.rungs)-1)
		for k, r := range p.rungs {
			t[k] = r.T
			if k > 0 {
				same[k-1] = 1
			}
		}
		x.place(respaced(t, same, replicas))
	}
	x.stand(p)
	return true
}

// mostCost returns the runs of chains that a ladder may cost.
func (x *exchange) mostCost() int {
	if x.closedForm() {
		return mostExchangeCost
	}
	return mostNetworkCost
}

// affordable reports whether so many replicas are within the bounds of fill.
func (x *exchange) affordable(replicas int) bool {
	m, thin := x.method.Exchange, x.method.Thin
	ok := x.fill(replicas)
	x.method.Exchange, x.method.Thin = m, thin
	return ok
}

// fill fills in the numbers of the config that follow from the number of replicas: ladders first, then sweeps, become fewer until
// the cost is within bounds. It reports false when it never is; that of a given number of replicas is not bounded.
func (x *exchange) fill(replicas int) bool {
	m, c := &x.method, x.asked
	samples := x.engine.run.Samples
	c.Replicas, c.Ladders, c.Langevin = replicas, x.ladderCount(), m.Exchange.Langevin
	if x.ladders > 0 {
		c.Ladders = x.ladders
	}
	if x.asked.BurnIn == 0 {
		c.BurnIn = max(leastBurnIn, burnPerReplica*replicas)
	}
	limit := x.mostCost() * chainRounds * max(samples, mostChains)
	for each := sweepsPerReplica; ; {
		draws := (samples + c.Ladders - 1) / c.Ladders
		switch {
		case x.askedThin > 0:
			c.Sweeps = max(x.asked.Sweeps, x.askedThin*draws)
		case x.asked.Sweeps > 0:
			c.Sweeps = max(x.asked.Sweeps, draws)
		default:
			c.Sweeps = max(each*replicas, each*replicas*min(draws, mostWaited)/drawsEach, sweepsPerDraw*draws)
		}
		switch cost := replicas * c.Ladders * (c.BurnIn + c.Sweeps); {
		case cost <= limit || x.asked.Replicas > 0:
			m.Exchange, m.Thin = c, x.askedThin
			if m.Thin == 0 {
				m.Thin = max(1, c.Sweeps*c.Ladders/max(sweepsPerDraw*samples, leastKept))
			}
			return true
		case c.Ladders > 2 && x.asked.Ladders == 0 && x.ladders == 0:
			c.Ladders--
		case each > leastSweeps:
			each -= leastSweeps
		default:
			return false
		}
	}
}

// colder returns by how much log eta of the coldest replicas should fall for their weights L(x)/L(z) to do: up to 1/3 where
// they spread or have a heavy tail, 0 where they do or eta is given.
func (x *exchange) colder() float64 {
	if x.askedCold > 0 || x.path.Start > 0 || len(x.trial) < leastTrial {
		return 0
	}
	_, k := eval.PSIS(x.trial)
	some := allowed(x.trial)
	if !(k > mostTrialK) && 2*len(some) >= len(x.trial) && stat.Variance(some, nil) <= 1.5*correctable {
		return 0
	}
	return 1. / 3
}

// allowed returns the log weights of images that the noise allows.
func allowed(logw []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(logw), func(l float64) bool { return l < -worstEnergy/2 })
}

// Limits of the weights that are tried in burn-in.
const (
	leastTrial = 25
	mostTrialK = .6
)

// respace moves the rungs so that all neighbours exchange equally often, by the rates since it was last done, and starts to
// count anew. The first time it also changes their number, unless that is given, when they exchange more or less often
// than they should.
func (x *exchange) respace(first bool) {
	t, distance := make([]float64, len(x.rungs)), make([]float64, len(x.rungs)-1)
	total := 0.0
	for k, r := range x.rungs {
		t[k] = r.T
	}
	for k, rate := range x.rates() {
		if math.IsNaN(rate) {
			return
		}
		distance[k] = apart(rate)
		total += distance[k]
	}
	n := len(t)
	if n < 2 {
		return
	}
	if colder := x.colder(); colder > 0 {
		x.path.Cold *= math.Exp(-colder)
		x.method.EtaMin = x.path.Cold
		t[n-1] = x.path.end()
		distance[n-2] += math.Sqrt(float64(x.d)) * colder
		total += math.Sqrt(float64(x.d)) * colder
	}
	x.trial = nil
	if want := max(2, 1+int(math.Ceil(total/apart(swapTarget)))); first && x.asked.Replicas == 0 && want != n {
		burn := x.method.Exchange.BurnIn
		if x.fill(want) {
			n = want
		}
		x.method.Exchange.BurnIn = burn
	}
	old := pilot{rungs: x.rungs, x: infer.Split(x.x, x.ladders*x.d), z: infer.Split(x.z, x.ladders*x.d)}
	x.place(respaced(t, distance, n))
	if n == len(t) {
		x.anew()
		return
	}
	x.stand(old)
}
