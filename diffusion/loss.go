package diffusion

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/rng"
)

// Loss is a training objective for a denoiser. A loss is also its own configuration, a plain struct with JSON tags.
type Loss interface {
	// Kind returns the name in configurations, "dsm".
	Kind() string
	// Validate returns a *FieldError that names the first field that is wrong.
	Validate() error
	// Loss returns the mean loss over the batch x [B,...], of one element, which can be differentiated with respect to
	// the network's parameters. Sample b draws its noise level and its noise from keys[b]. It panics with a
	// *autodiff.ShapeError when len(keys) is not B.
	Loss(s *autodiff.Scope, d Denoiser, x autodiff.Var, keys []rng.Key) autodiff.Var
}

// checkKeys panics with a *autodiff.ShapeError unless there is one key for each sample of x.
func checkKeys(s *autodiff.Scope, x autodiff.Var, keys []rng.Key) {
	if x.Rank() == 0 || x.Dim(0) != len(keys) {
		panic(&autodiff.ShapeError{Op: "loss", Module: s.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("%d keys were given; there must be one for each sample, along axis 0", len(keys))})
	}
}

// Losses returns the registered losses, one of each kind, with default parameters.
func Losses() []Loss { return losses.All() }

// RegisterLoss makes a loss of the caller's own known to DecodeLoss by its Kind; fields that are absent from a
// description keep the values that they have in defaults, a struct. A kind that is taken is an error.
func RegisterLoss(defaults Loss) error { return losses.Register(defaults) }

// DecodeLoss reads {"kind": "dsm", "weight": "likelihood"} onto the defaults of that kind. An unknown kind or field is
// an error, and so is what Validate finds.
func DecodeLoss(data []byte) (Loss, error) { return decode(losses, data) }

// EncodeLoss writes what DecodeLoss reads, with every field.
func EncodeLoss(l Loss) ([]byte, error) { return losses.Encode(l) }
