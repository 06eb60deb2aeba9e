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
	return map[string]any{"platform": runtime.GOOS + "/" + runtime.GOARCH, "kernels": kernel.Path(), "winograd": autodiff.DefaultConvolutions() == autodiff.Winograd, "go": runtime.Version()}
}
