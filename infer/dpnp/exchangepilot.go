package dpnp

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/infer"
	"tweedie/rng"
)

// pilot holds the rungs that pilot chains have stood on, and what they were there.
type pilot struct {
	rungs []rung
	x, z  [][]float64 // of every rung, [P*d]
}

const (
	pilotChains = 32
	pilotRounds = 2
	pilotGain   = 2 // of the Langevin step, which starts anywhere
)

// pilot takes chains from draws of the prior along the path to its end. They lay a rung wherever the next one is as far as
// the wanted rate of exchange allows, by the rate that the chains' energies predict. It reports false when the rungs are more than most.
func (x *exchange) pilot(most int) (bool, error) {
	n := max(pilotChains, x.ladderCount())
	start, err := x.drawsOfPrior(n)
	if err != nil {
		return false, err
	}
	x.first = pilot{}
	image, z := slices.Clone(start), slices.Clone(start)
	r := x.path.at(x.path.Start)
	lengthened := x.askedCold > 0 || x.path.Start > 0
	for {
		if k := len(x.first.rungs); k >= most {
			return false, nil
		}
		var f, d []float64
		for round := range pilotRounds {
			use := fmt.Sprintf("pilot.%d", len(x.first.rungs))
			report, err := x.moved(r, image, z, x.streams(use+".z", round, n), x.streams(use+".x", round, n))
			if err != nil {
				return false, err
			}
			r.Step = x.stepped(r, report, pilotGain)
			for i := range n {
				f = append(f, energy(x.lik, z[i*x.d:(i+1)*x.d]))
				d = append(d, squared(image[i*x.d:(i+1)*x.d], z[i*x.d:(i+1)*x.d]))
			}
		}
		x.first.rungs = append(x.first.rungs, r)
		x.first.x, x.first.z = append(x.first.x, slices.Clone(image)), append(x.first.z, slices.Clone(z))
		x.engine.run.Report(infer.Progress{Stage: "rung", Done: len(x.first.rungs), Total: max(len(x.first.rungs), x.path.predicted(x.d, x.seen())), Evaluations: x.eval.Evaluations})
		if r.T >= x.path.end() && !lengthened {
			lengthened = true
			x.lengthen(image, z)
		}
		if r.T >= x.path.end() {
			return true, nil
		}
		t, u := x.farthest(r, f, d)
		next := x.path.at(t)
		x.cull(image, z, u[len(u)-n:], x.key.Split("dpnp.pilot.cull", len(x.first.rungs)).Stream())
		next.Step = r.Step
		if r.Temper == 0 {
			next.Step = firstStep
			x.soften(image, z)
		}
		r = next
	}
}

// farthest returns the t of the farthest rung from r that exchanges often enough, for replicas at r with the energies f and
// squared distances d, and u = log pi_next/pi_r at each.
func (x *exchange) farthest(r rung, f, d []float64) (t float64, u []float64) {
	u = make([]float64, len(f))
	rate := func(t float64) float64 {
		to := x.path.at(t)
		for i := range u {
			u[i] = r.energyTo(to, f[i], d[i])
		}
		return exchangeRate(u)
	}
	lo, hi := r.T, x.path.end()
	if rate(hi) >= swapTarget {
		return hi, u
	}
	for range 40 {
		mid := (lo + hi) / 2
		if rate(mid) >= swapTarget {
			lo = mid
		} else {
			hi = mid
		}
	}
	t = max(lo, min(r.T+leastAdvance, x.path.end()))
	rate(t)
	return t, u
}

// exchangeRate returns the mean probability min(1, e^(u_i - u_j)) with which replica i of one law and j of another exchange,
// from u = log pi_next/pi at replicas of the first, which e^u turns into replicas of the second.
func exchangeRate(u []float64) float64 {
	total, sum := floats.LogSumExp(u), 0.0
	for _, uj := range u {
		w := math.Exp(uj - total)
		if w == 0 {
			continue
		}
		for _, ui := range u {
			sum += w * math.Exp(min(0, ui-uj)) / float64(len(u))
		}
	}
	return sum
}

// cull replaces chains that the next law hardly allows, in which u = log pi_next/pi is far below the others', by others in
// proportion to e^u, and those of a tenth of the mean weight or less with the probability that they lack of it.
func (x *exchange) cull(image, z, u []float64, st *rng.Stream) {
	total := floats.LogSumExp(u)
	for i := range u {
		w := math.Exp(u[i]-total) * float64(len(u))
		keep, pick := st.Float64(), st.Float64()
		if keep < w/tenth {
			continue
		}
		k, sum := 0, math.Exp(u[0]-total)
		for pick >= sum && k+1 < len(u) {
			k++
			sum += math.Exp(u[k] - total)
		}
		if math.Exp(u[k]-total)*float64(len(u)) >= tenth {
			copy(image[i*x.d:(i+1)*x.d], image[k*x.d:(k+1)*x.d])
			copy(z[i*x.d:(i+1)*x.d], z[k*x.d:(k+1)*x.d])
		}
	}
}

const tenth = .1

// leastAdvance keeps a path from standing still where a few energies are huge.
const leastAdvance = 1e-3

// energyTo returns log pi_to - log pi_r for a replica with the energy f and the squared distance d, but for log Z.
func (r rung) energyTo(to rung, f, d float64) float64 {
	return (r.Temper-to.Temper)*f + (1/(2*r.Eta*r.Eta)-1/(2*to.Eta*to.Eta))*d
}

// lengthen makes the path colder when the weights L(x)/L(z) of the coldest replicas spread so much that they would not do.
func (x *exchange) lengthen(image, z []float64) {
	var logw []float64
	for lo := 0; lo < len(z); lo += x.d {
		logw = append(logw, energy(x.lik, z[lo:lo+x.d])-energy(x.p.Likelihood, image[lo:lo+x.d]))
	}
	if logw = allowed(logw); len(logw) == 0 {
		return
	}
	slices.Sort(logw)
	// The quartiles of a normal law are 1.349 deviations apart.
	if s := (logw[3*len(logw)/4] - logw[len(logw)/4]) / 1.349; s*s > 1.5*correctable {
		x.path.Cold *= max(math.Sqrt(correctable)/s, .25)
	}
}

// soften puts draws z at which the likelihood is not defined where their images are, before a Langevin chain starts there.
func (x *exchange) soften(image, z []float64) {
	for lo := 0; lo < len(z); lo += x.d {
		if energy(x.lik, z[lo:lo+x.d]) == worstEnergy {
			copy(z[lo:lo+x.d], image[lo:lo+x.d])
		}
	}
}
