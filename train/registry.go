package train

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// NewOptimizer makes an optimiser from the fields of a config, for the trainable parameters among params.
type NewOptimizer func(c Config, params []*autodiff.Param) Optimizer

// DecayRule returns the learning rate of step k = WarmupSteps, WarmupSteps+1, ... of a run; it is LR at the end of the
// warm-up. It must be a function of its arguments alone, as a resumed run asks again.
type DecayRule func(c Config, k int64) float64

var optimizers = config.TableOf("train", "optimizer",
	config.Entry[NewOptimizer]{Name: "adam", Value: func(c Config, params []*autodiff.Param) Optimizer {
		o := NewAdam(params)
		o.Beta1, o.Beta2, o.Eps, o.WeightDecay = c.Beta1, c.Beta2, c.Eps, c.WeightDecay
		return o
	}},
	config.Entry[NewOptimizer]{Name: "sgd", Value: func(c Config, params []*autodiff.Param) Optimizer {
		o := NewSGD(params)
		o.Momentum, o.WeightDecay = c.Momentum, c.WeightDecay
		return o
	}},
)

var decays = config.TableOf("train", "decay",
	config.Entry[DecayRule]{Name: "constant", Value: func(c Config, _ int64) float64 { return c.LR }},
	config.Entry[DecayRule]{Name: "cosine", Value: func(c Config, k int64) float64 {
		n := c.Total()
		if n <= c.WarmupSteps {
			return c.LR
		}
		x := min(1, float64(k-c.WarmupSteps)/float64(n-c.WarmupSteps))
		return c.FinalLR + (c.LR-c.FinalLR)*(1+math.Cos(math.Pi*x))/2
	}},
	config.Entry[DecayRule]{Name: "inverse-sqrt", Value: func(c Config, k int64) float64 {
		w := max(1, c.WarmupSteps)
		return max(c.FinalLR, c.LR*math.Sqrt(float64(w)/float64(max(w, k))))
	}},
)

// RegisterOptimizer makes an optimiser of the caller's own known to the field "optimizer" of a config, beside "adam" and
// "sgd". A name that is taken is an error, and so is a nil build. An optimiser that needs no name is the field Optimizer of a Setup.
func RegisterOptimizer(name string, build NewOptimizer) error {
	if build == nil {
		return fmt.Errorf("train: optimizer %q: there is nothing to make it with", name)
	}
	return optimizers.Register(name, build)
}

// RegisterDecay makes a rule of the caller's own known to the field "decay" of a config, beside "constant", "cosine"
// and "inverse-sqrt".
// A name that is taken is an error, and so is a nil rule. A rule that needs no name is the field Rate of a Setup.
func RegisterDecay(name string, rule DecayRule) error {
	if rule == nil {
		return fmt.Errorf("train: decay %q: its rule is nil", name)
	}
	return decays.Register(name, rule)
}
