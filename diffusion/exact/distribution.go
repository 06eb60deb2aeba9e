package exact

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/internal/batch"
	"tweedie/internal/config"
	"tweedie/rng"
)

// Distribution is a prior known in closed form, with its denoiser, its score, its density at every noise level, and
// samples. Gaussian, Mixture, Empirical, Separable and Rotated implement it. Values are immutable and may be shared by goroutines.
type Distribution interface {
	diffusion.Scorer
	// Dim returns D, the number of elements of a sample. Ops take [B,...] with D elements after axis 0.
	Dim() int
	// LogDensity returns log p(x; sigma) in nats: the density of x_0 + sigma n at x, and of x_0 itself at sigma = 0. It
	// panics with a *autodiff.ShapeError when len(x) is not D.
	LogDensity(x []float64, sigma float64) float64
	// Sample draws x_0 into dst. It panics with a *autodiff.ShapeError when len(dst) is not D.
	Sample(dst []float64, st *rng.Stream)
	// Mean returns E x_0, [D].
	Mean() []float64
	// Cov returns the covariance of x_0, [D,D].
	Cov() *mat.SymDense
}

var (
	_ Distribution = (*Gaussian)(nil)
	_ Distribution = (*Mixture)(nil)
	_ Distribution = (*Empirical)(nil)
	_ Distribution = (*Separable)(nil)
	_ Distribution = (*Rotated)(nil)
)

// flat returns u [B,...] as [B,D]. It panics with a *autodiff.ShapeError that names op when u has other than len(sigma)
// samples of d elements.
func flat(s *autodiff.Scope, op string, u autodiff.Var, sigma []float64, d int) autodiff.Var {
	batch.Check(op, u, sigma)
	if n := u.Size(); n != len(sigma)*d {
		panic(&autodiff.ShapeError{Op: op, Module: s.Path(), Shapes: []autodiff.Shape{u.Shape()}, Msg: fmt.Sprintf("the prior has %d elements a sample", d)})
	}
	return s.Reshape(u, autodiff.S(len(sigma), d))
}

// checkHost panics with a *autodiff.ShapeError unless len(x) = d.
func checkHost(op string, x []float64, d int) {
	if len(x) != d {
		panic(&autodiff.ShapeError{Op: op, Msg: fmt.Sprintf("%d values were given for the %d elements of a sample", len(x), d)})
	}
}

// logWeights returns the logarithms of the weights w after they were normalised to sum 1; nil w stands for n equal
// weights.
func logWeights(kind string, w []float64, n int) ([]float64, error) {
	if n == 0 {
		return nil, config.Errorf(kind, "weights", "there must be at least one component")
	}
	if w != nil && len(w) != n {
		return nil, config.Errorf(kind, "weights", "%d weights were given for %d components", len(w), n)
	}
	l := make([]float64, n)
	sum := 0.0
	for i := range l {
		v := 1.0
		if w != nil {
			v = w[i]
		}
		if !(v >= 0 && v <= math.MaxFloat64) {
			return nil, config.Errorf(kind, "weights", "weight %d is %g and must be finite and not negative", i, v)
		}
		sum += v
		l[i] = v
	}
	if sum <= 0 {
		return nil, config.Errorf(kind, "weights", "all are zero")
	}
	for i, v := range l {
		l[i] = math.Log(v / sum)
	}
	return l, nil
}

// pick draws an index with log-probabilities logw.
func pick(logw []float64, st *rng.Stream) int {
	u := st.Float64()
	sum := 0.0
	last := 0
	for k, l := range logw {
		if math.IsInf(l, -1) {
			continue
		}
		last = k
		if sum += math.Exp(l); u < sum {
			return k
		}
	}
	return last
}
