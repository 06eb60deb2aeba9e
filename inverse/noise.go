package inverse

import (
	"context"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/rng"
)

// Noise is the law of a measurement given the clean one. One value both draws and scores, so the two cannot disagree.
// Methods panic with a *autodiff.ShapeError when their slices differ in length.
type Noise interface {
	// Kind returns the name under which the law is registered, as in "gaussian".
	Kind() string
	// Validate returns an error that says what is wrong for measurements of m entries.
	Validate(m int) error
	// Sample sets dst to a draw of y given clean; dst may be clean.
	Sample(dst, clean []float64, st *rng.Stream)
	// Loss returns -log p(y|clean) in nats, without the terms that do not depend on clean.
	Loss(y, clean []float64) float64
	// NegLogLik returns -log p(y|clean) in nats, with every constant.
	NegLogLik(y, clean []float64) float64
	// Residual sets dst to the gradient of Loss with respect to clean; dst may be y or clean.
	Residual(dst, y, clean []float64)
	// ChiSquared returns the sum of squared standardised residuals, whose expectation at the truth is len(y).
	ChiSquared(y, clean []float64) float64
}

// Picky is a Noise of which not every number can be a draw, as of counts.
type Picky interface {
	Noise
	// CheckData returns an error that names the first entry of y that no draw is like.
	CheckData(y []float64) error
}

// Discrete is a Noise whose draws lie on a lattice. NegLogLik has the logarithm of their probability, and is +Inf elsewhere.
type Discrete interface {
	Noise
	// Lattice returns the lattice, origin + step k for whole k.
	Lattice() (origin, step float64)
}

var noises = config.Registry[Noise]{What: "noise"}

// RegisterNoise makes DecodeNoise read noises of the type of defaults, a struct with JSON tags or a pointer to one,
// under the kind defaults.Kind(). Fields that are absent from the JSON keep the values that they have in defaults. It
// panics when the kind is taken.
func RegisterNoise[N Noise](defaults N) {
	if err := noises.Register(defaults); err != nil {
		panic(&autodiff.ValueError{Op: "inverse.RegisterNoise", Msg: err.Error()})
	}
}

// NoiseKinds lists the registered kinds of noise in alphabetical order.
func NoiseKinds() []string { return noises.Kinds() }

// DecodeNoise reads the description of a noise, and refuses an unknown kind or field:
//
//	{"kind": "gaussian", "sigma": 0.1}
//
// Call Validate with the number of measurements before the noise is used; NewLikelihood does.
func DecodeNoise(data []byte) (Noise, error) { return noises.Decode(data) }

// DecodeNoiseFrom is DecodeNoise in which arrays may stand in files, as in DecodeFrom.
func DecodeNoiseFrom(ctx context.Context, dir string, data []byte) (Noise, error) {
	return noises.DecodeFrom(data, folder(ctx, dir, mostList))
}

// fewList is how many numbers a list that a noise names may have beyond one for each datum.
const fewList = 1 << 20

// DecodeNoiseFor is DecodeNoiseFrom of a noise of measurements of m entries: a list in a file that is far longer is refused by
// its shape, before it is read. It does not validate.
func DecodeNoiseFor(ctx context.Context, dir string, data []byte, m int) (Noise, error) {
	return noises.DecodeFrom(data, folder(ctx, dir, max(m, fewList)))
}

// EncodeNoise writes a description that DecodeNoise reads.
func EncodeNoise(n Noise) ([]byte, error) { return noises.Encode(n) }
