package exactfile

import (
	"math"

	"tweedie/diffusion/exact"
	"tweedie/internal/config"
)

// DensityConfig describes a density on the line: a struct with JSON tags.
type DensityConfig interface {
	config.Kinder
	// Build makes the density; arrays are read through b.
	Build(b *Builder) (exact.Marginal, error)
}

var densities = config.Of[DensityConfig]("density", laplace{}, studentT{Nu: 3}, bernoulliLaplace{P: .1}, uniform{}, tabulated{})

// RegisterDensity makes a kind of density known, whose defaults are those of c. A kind that is taken is an error.
func RegisterDensity(c DensityConfig) error { return densities.Register(c) }

// Densities lists the kinds of densities.
func Densities() []string { return densities.Kinds() }

// Density is a DensityConfig that is read from JSON by its kind: laplace; student-t with nu, 3 when it is left out;
// bernoulli-laplace with p, the probability of not being 0, .1 when it is left out; uniform on [0, 1]; tabulated, with
// log_density or a positive density at ascending points x, and its logarithm linear between them.
type Density struct{ DensityConfig }

// UnmarshalJSON reads an object with a kind.
func (d *Density) UnmarshalJSON(data []byte) (err error) {
	d.DensityConfig, err = densities.Decode(data)
	return err
}

// MarshalJSON writes what UnmarshalJSON reads.
func (d Density) MarshalJSON() ([]byte, error) { return densities.Encode(d.DensityConfig) }

type laplace struct{}

func (laplace) Kind() string                           { return "laplace" }
func (laplace) Build(*Builder) (exact.Marginal, error) { return exact.Laplace(), nil }

type uniform struct{}

func (uniform) Kind() string                           { return "uniform" }
func (uniform) Build(*Builder) (exact.Marginal, error) { return exact.Uniform(), nil }

type studentT struct {
	Nu float64 `json:"nu"`
}

func (studentT) Kind() string                             { return "student-t" }
func (c studentT) Build(*Builder) (exact.Marginal, error) { return exact.StudentT(c.Nu) }

type bernoulliLaplace struct {
	P float64 `json:"p"`
}

func (bernoulliLaplace) Kind() string                             { return "bernoulli-laplace" }
func (c bernoulliLaplace) Build(*Builder) (exact.Marginal, error) { return exact.BernoulliLaplace(c.P) }

type tabulated struct {
	X          *Array `json:"x"`
	LogDensity *Array `json:"log_density,omitempty"`
	Density    *Array `json:"density,omitempty"`
}

func (tabulated) Kind() string { return "tabulated" }

func (c tabulated) Build(b *Builder) (exact.Marginal, error) {
	_, x, err := b.Values("x", c.X, exact.MaxTable)
	if err != nil {
		return nil, err
	}
	if (c.LogDensity == nil) == (c.Density == nil) {
		return nil, config.Errorf("", "log_density", "must be given, or else density")
	}
	if c.LogDensity != nil {
		_, l, err := b.Values("log_density", c.LogDensity, exact.MaxTable)
		if err != nil {
			return nil, err
		}
		return exact.NewTabulated(x, l)
	}
	_, l, err := b.Values("density", c.Density, exact.MaxTable)
	if err != nil {
		return nil, err
	}
	for i, v := range l {
		if !(v > 0) {
			return nil, config.Errorf("", "density", "holds %g as entry %d; it must be positive, because its logarithm is linear between the points: leave out the ends", v, i)
		}
		l[i] = math.Log(v)
	}
	return exact.NewTabulated(x, l)
}
