package dpnp

import (
	"errors"
	"fmt"
	"math"

	"tweedie/infer"
)

// savings is the number of times that a run saves its state beside the last time.
const savings = 200

// advance makes the sweeps that are left. It saves now and then, and when it ends.
func (x *exchange) advance() error {
	file := x.engine.run.State
	for {
		c := x.method.Exchange
		total := c.BurnIn + c.Sweeps
		if x.rounds >= total {
			return x.save(file)
		}
		gain := 0.0
		if x.rounds < c.BurnIn*3/4 {
			gain = 1 / math.Sqrt(1+float64(x.rounds))
		}
		if err := x.sweep(gain); err != nil {
			return errors.Join(fmt.Errorf("sweep %d of %d: %w", x.rounds+1, total, err), x.save(file))
		}
		if x.rounds >= c.BurnIn {
			x.record()
		} else if x.rounds < c.BurnIn/2 {
			x.trial = append(x.trial, x.correction()...)
		}
		x.swap()
		switch x.rounds {
		case c.BurnIn / 4:
			x.respace(true)
		case c.BurnIn / 2:
			x.respace(false)
		case c.BurnIn:
			x.anew()
		}
		x.engine.run.Report(infer.Progress{Stage: "sweep", Done: x.rounds, Total: c.BurnIn + x.method.Exchange.Sweeps, Evaluations: x.eval.Evaluations})
		if x.rounds%(1+total/savings) == 0 {
			if err := x.save(file); err != nil {
				return err
			}
		}
	}
}

// correction returns log L(x)/L(z) of the coldest replicas.
func (x *exchange) correction() []float64 {
	out := make([]float64, x.ladders)
	for l := range out {
		i := (len(x.rungs)-1)*x.ladders + l
		out[l] = x.f[i] - energy(x.p.Likelihood, x.x[i*x.d:(i+1)*x.d])
	}
	return out
}

// record takes up the coldest replicas of a sweep.
func (x *exchange) record() {
	k := len(x.rungs) - 1
	keep := (x.rounds-x.method.Exchange.BurnIn+1)%x.method.Thin == 0
	cold := x.x[k*x.ladders*x.d:]
	for lo := 0; lo < len(cold); lo += x.d {
		x.followed = append(x.followed, x.track(cold[lo:lo+x.d])...)
	}
	if keep {
		x.kept, x.logw = append(x.kept, cold...), append(x.logw, x.correction()...)
	}
	for i := range x.f {
		x.energies = append(x.energies, x.f[i], x.d2[i])
	}
}
