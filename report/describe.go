package report

import (
	"encoding/json"
	"runtime"

	"tweedie/autodiff"
	"tweedie/internal/kernel"
	"tweedie/inverse"
)

// CutShort warns of a result that a run had reached when it was interrupted.
const CutShort = "interrupted: this is what the run had reached, not its result"

// NewSubject returns the subject of images of a shape [C,W], [C,H,W] or [C,D,H,W] with values in span; of a volume the
// last two axes are shown. lik and truth may be nil.
func NewSubject(shape autodiff.Shape, span [2]float64, lik *inverse.Likelihood, truth []float64) Subject {
	n := shape.Rank()
	s := Subject{C: shape.Dim(0), H: 1, W: shape.Dim(n - 1), Lo: span[0], Hi: span[1], Lik: lik, Truth: truth}
	if n > 2 {
		s.H = shape.Dim(n - 2)
	}
	return s
}

// Operator returns the config of an operator as JSON, or its name where it has no config.
func Operator(op inverse.Operator) json.RawMessage {
	if d, ok := op.(inverse.Described); ok {
		if raw, err := inverse.Encode(d.Config()); err == nil {
			return raw
		}
	}
	raw, err := json.Marshal(op.Name())
	if err != nil {
		return nil
	}
	return raw
}

// Machine returns what the bytes of a result may depend on besides the seed.
func Machine() map[string]any {
	return map[string]any{"platform": runtime.GOOS + "/" + runtime.GOARCH, "kernels": kernel.Path(), "winograd": kernel.Winograd(), "go": runtime.Version()}
}
