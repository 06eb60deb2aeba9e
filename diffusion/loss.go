package diffusion

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/rng"
)

// Loss is a training objective: a scalar Var that is differentiable by the network's parameters.
type Loss interface {
	// Kind is the name in configurations, "dsm".
	Kind() string
	// Validate returns a *FieldError naming the first field that is wrong.
	Validate() error
	// Loss is the mean over the batch x [B,...], of one element; sample b draws its level and its noise from keys[b].
	// It panics with a *autodiff.ShapeError when len(keys) is not B.
	Loss(s *autodiff.Scope, d Denoiser, x autodiff.Var, keys []rng.Key) autodiff.Var
}

// checkKeys panics with a *autodiff.ShapeError unless there is one key for each sample of x.
func checkKeys(s *autodiff.Scope, x autodiff.Var, keys []rng.Key) {
	if x.Rank() == 0 || x.Dim(0) != len(keys) {
		panic(&autodiff.ShapeError{Op: "loss", Module: s.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("%d keys were given; there must be one for each sample, along axis 0", len(keys))})
	}
}

// Losses is one of each kind, with default parameters.
func Losses() []Loss { return losses.All() }

// RegisterLoss makes a loss of the caller's own known to DecodeLoss by its Kind; fields that are absent from a description
// keep the values that they have in defaults, a struct. A kind that is taken is an error.
func RegisterLoss(defaults Loss) error { return losses.Register(defaults) }

// DecodeLoss reads {"kind": "dsm", "weight": "likelihood"}: absent fields keep their defaults, unknown ones are errors.
func DecodeLoss(data []byte) (Loss, error) { return decode(losses, data) }

// EncodeLoss writes what DecodeLoss reads, with every field.
func EncodeLoss(l Loss) ([]byte, error) { return losses.Encode(l) }
