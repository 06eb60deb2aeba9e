package dpnp

import (
	"fmt"
	"math"
	"slices"

	"tweedie/inverse"
	"tweedie/rng"
)

// exchange holds ladders of replicas that run side by side. Place k*ladders + l is rung k of ladder l, from the hottest.
type exchange struct {
	*engine
	lik       *inverse.Likelihood // of z: that of the problem, or extended where its noise has bounds
	asked     Exchange            // config before its zeros are filled in
	askedThin int
	askedCold float64
	path      path
	rungs     []rung
	ladders   int
	draw      func(r rung, z, x []float64, st *rng.Stream) (inverse.MALAReport, error)
	first     pilot
	test      invariance // of the prior, once the sweeps are made

	x, z  []float64 // of every place, [K*L*d]
	f, d2 []float64 // -log L(z) and |x-z|^2 of every place
	count counts
	trial []float64 // log L(x)/L(z) of the coldest replicas in burn-in, since the ladder was last changed

	kept     []float64 // images of the coldest replicas, [draws*L*d]
	logw     []float64 // log L(x)/L(z) of each
	followed []float64 // of each ladder's coldest replica in each sweep after burn-in, as track returns it
	energies []float64 // f and d2 of every place in each sweep after burn-in
}

// stand puts replicas on all places, each where the nearest rung of the pilot chains was, and starts to count.
func (x *exchange) stand(p pilot) {
	x.x, x.z = nil, nil
	for _, r := range x.rungs {
		best := 0
		for k := range p.rungs {
			if math.Abs(p.rungs[k].T-r.T) < math.Abs(p.rungs[best].T-r.T) {
				best = k
			}
		}
		x.x, x.z = append(x.x, p.x[best][:x.ladders*x.d]...), append(x.z, p.z[best][:x.ladders*x.d]...)
	}
	x.measure()
	x.anew()
}

// measure computes f and d2 of all places.
func (x *exchange) measure() {
	n := len(x.rungs) * x.ladders
	x.f, x.d2 = make([]float64, n), make([]float64, n)
	for i := range n {
		lo, hi := i*x.d, (i+1)*x.d
		x.f[i], x.d2[i] = energy(x.lik, x.z[lo:hi]), squared(x.x[lo:hi], x.z[lo:hi])
	}
}

// sweep moves every replica by a draw given the data and one given the prior. When it fails it leaves them as they are. A
// positive gain steers the Langevin steps.
func (x *exchange) sweep(gain float64) error {
	image, z := slices.Clone(x.x), slices.Clone(x.z)
	rungs := slices.Clone(x.rungs)
	reports := make([]inverse.MALAReport, len(rungs))
	for k, r := range rungs {
		lo, hi := k*x.ladders, (k+1)*x.ladders
		use := fmt.Sprintf("exchange.%d", k)
		report, err := x.moved(r, image[lo*x.d:hi*x.d], z[lo*x.d:hi*x.d], x.streams(use+".z", x.rounds, x.ladders), x.streams(use+".x", x.rounds, x.ladders))
		if err != nil {
			return err
		}
		if gain > 0 {
			rungs[k].Step = x.stepped(r, report, gain)
		}
		reports[k] = report
	}
	x.x, x.z, x.rungs = image, z, rungs
	for k, r := range reports {
		x.count.Langevin[k].Add(r)
	}
	x.measure()
	return nil
}

// swap lets neighbours exchange their replicas in as many passes as there are rungs, in even ones the pairs that begin with an
// even rung, in odd ones the others. An exchange costs nothing beside a move, and many of them let a replica stand wherever
// its energies allow.
func (x *exchange) swap() {
	for l, st := range x.streams("exchange.swap", x.rounds, x.ladders) {
		for pass := range len(x.rungs) {
			for k := (x.rounds + pass) % 2; k+1 < len(x.rungs); k += 2 {
				i, j := k*x.ladders+l, (k+1)*x.ladders+l
				p := math.Exp(min(0, x.rungs[k].energyTo(x.rungs[k+1], x.f[i]-x.f[j], x.d2[i]-x.d2[j])))
				x.count.Swapped[k] += p
				x.count.Tried[k]++
				if st.Float64() < p {
					x.trade(i, j)
				}
			}
			x.notice(l)
		}
	}
	x.rounds++
}

// trade exchanges what stands on two places.
func (x *exchange) trade(i, j int) {
	for n := range x.d {
		a, b := i*x.d+n, j*x.d+n
		x.x[a], x.x[b] = x.x[b], x.x[a]
		x.z[a], x.z[b] = x.z[b], x.z[a]
	}
	x.f[i], x.f[j] = x.f[j], x.f[i]
	x.d2[i], x.d2[j] = x.d2[j], x.d2[i]
	w := x.count.Walker
	w[i], w[j] = w[j], w[i]
}

// place sets the rungs to the places t of the path. Each takes the Langevin step of the nearest rung.
func (x *exchange) place(t []float64) {
	old := x.rungs
	x.rungs = nil
	for _, at := range t {
		r := x.path.at(at)
		for near, k := math.Inf(1), 0; k < len(old); k++ {
			if d := math.Abs(old[k].T - at); d < near {
				near, r.Step = d, old[k].Step
			}
		}
		x.rungs = append(x.rungs, r)
	}
}
