package train

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/internal/absent"
)

// LearningRate says how large the steps of an optimiser are. A Config is one.
type LearningRate interface {
	// Rate returns the learning rate of step k = 1, 2, ..., finite and not negative. It must be a function of k alone, as
	// a resumed run asks again.
	Rate(k int64) float64
}

// LearningRateFunc is a function as a LearningRate.
type LearningRateFunc func(k int64) float64

// Rate returns f(k).
func (f LearningRateFunc) Rate(k int64) float64 { return f(k) }

// own names the values that the setup gives in place of the config's, as a state records them.
func (s *Setup) own() (names []string) {
	if !absent.Is(s.Optimizer) {
		names = append(names, "optimizer")
	}
	if !absent.Is(s.Rate) {
		names = append(names, "rate")
	}
	return names
}

// optimizer returns the optimiser of the run: the setup's own, or the one that the config names.
func (s *Setup) optimizer() (Optimizer, error) {
	o := s.Optimizer
	if absent.Is(o) {
		build, _ := optimizers.Get(s.Config.Optimizer)
		if o = build(s.Config, s.Params); absent.Is(o) {
			return nil, fmt.Errorf("train: optimizer %q made none of the config", s.Config.Optimizer)
		}
	}
	return o, checkSlots(o.Slots())
}

// learningRate returns the learning rate of the run: the setup's own, or the config's.
func (s *Setup) learningRate() LearningRate {
	if absent.Is(s.Rate) {
		return s.Config
	}
	return s.Rate
}

// checkSlots returns an error about the first slot that a state could not hold: its name is empty, taken by another
// tensor of the state, or its data has another size than its shape.
func checkSlots(slots []Slot) error {
	taken := map[string]bool{cursorName: true}
	for i, s := range slots {
		switch {
		case s.Name == "":
			return fmt.Errorf("train: slot %d of the optimiser has no name", i)
		case taken[s.Name]:
			return fmt.Errorf("train: slot %q of the optimiser: a tensor of the state has this name already", s.Name)
		case strings.HasPrefix(s.Name, "param.") || strings.HasPrefix(s.Name, "ema."):
			return fmt.Errorf("train: slot %q of the optimiser: names that begin with param. and ema. are of the weights and their average", s.Name)
		case len(s.Data) != s.Shape.Size():
			return fmt.Errorf("train: slot %q of the optimiser has %d values and the shape %v", s.Name, len(s.Data), s.Shape)
		}
		taken[s.Name] = true
	}
	return nil
}

// sameOwn returns an error where a saved run and this one differ in what they take in place of the config's.
func (t *Trainer) sameOwn(saved []string) error {
	for _, name := range []string{"optimizer", "rate"} {
		had, has := slices.Contains(saved, name), slices.Contains(t.setup.own(), name)
		switch {
		case had == has || slices.Contains(t.setup.Accept, name):
		case had:
			return fmt.Errorf("the saved run had its own %s and this one takes the config's; give it as a field of the Setup", name)
		default:
			return fmt.Errorf("the saved run took the config's %s and this one has its own; leave that field of the Setup out, or start afresh", name)
		}
	}
	return nil
}

// nextRate returns the learning rate of the next step, and an error when there can be no step with it.
func (t *Trainer) nextRate() (float64, error) {
	lr := t.lr.Rate(t.step + 1)
	if !finite(lr) || lr < 0 {
		return 0, fmt.Errorf("train: step %d: the learning rate is %v; want it finite and not negative", t.step+1, lr)
	}
	return lr, nil
}
