package flows

import (
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/layers"
)

// PointwiseConfig is the configuration of a Pointwise.
type PointwiseConfig struct {
	Dim    int          `json:"dim"`
	At     []int        `json:"at"` // values that are mapped; the others stay
	Spline SplineConfig `json:"spline"`
}

// Pointwise maps each of the values at the indices At of a sample by a monotone rational-quadratic spline of its own (SplineConfig),
// which depends on no other value. Parameters: unnormalized_widths and unnormalized_heights [n,Bins], unnormalized_derivatives
// [n,Bins-1] for n such values.
type Pointwise struct {
	name                  string
	cfg                   PointwiseConfig
	rest, place           []int
	widths, heights, ends *autodiff.Param
}

// NewPointwise makes a Pointwise at p, of bins of one size at first. The error names the field of c that is wrong.
func NewPointwise(p layers.Path, c PointwiseConfig) (*Pointwise, error) {
	k := config.Check("pointwise spline")
	k.Int("dim", c.Dim, 1, layers.MostExtent)
	c.Spline.validate(k)
	k.Ints("at", c.At, 0, c.Dim-1)
	sorted := slices.Compact(slices.Sorted(slices.Values(c.At)))
	k.That(len(sorted) == len(c.At) && len(c.At) > 0, "at", len(c.At), "want some of the %d values, each once", c.Dim)
	if err := k.Err(); err != nil {
		return nil, err
	}
	m := &Pointwise{name: p.Local(), cfg: c, place: make([]int, c.Dim)}
	n := len(c.At)
	mapped := map[int]int{}
	for i, j := range c.At {
		mapped[j] = i
	}
	for j := range c.Dim {
		i, ok := mapped[j]
		if m.place[j] = i; !ok {
			m.place[j] = n + len(m.rest)
			m.rest = append(m.rest, j)
		}
	}
	if err := p.Fits("pointwise spline", n, c.Spline.Bins); err != nil {
		return nil, err
	}
	m.widths = p.Param("unnormalized_widths", autodiff.S(n, c.Spline.Bins), layers.Zero())
	m.heights = p.Param("unnormalized_heights", autodiff.S(n, c.Spline.Bins), layers.Zero())
	m.ends = p.Param("unnormalized_derivatives", autodiff.S(n, c.Spline.Bins-1), layers.Zero())
	return m, nil
}

// Params returns the widths, heights and derivatives.
func (m *Pointwise) Params() []*autodiff.Param {
	return []*autodiff.Param{m.widths, m.heights, m.ends}
}

// Dim returns the number of values in a sample.
func (m *Pointwise) Dim() int { return m.cfg.Dim }

// Forward maps data x [B,D] to latents z [B,D] with log|det dz/dx| [B].
// It panics with a *autodiff.ShapeError when x is not [B,D].
func (m *Pointwise) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	return m.run(s, x, false)
}

// Inverse maps latents z [B,D] to data x [B,D] with log|det dx/dz| [B].
// It panics with a *autodiff.ShapeError when z is not [B,D].
func (m *Pointwise) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	return m.run(s, z, true)
}

func (m *Pointwise) run(s *autodiff.Scope, x autodiff.Var, undo bool) (y, logdet autodiff.Var) {
	c := s.Enter(m.name)
	rows(c, "pointwise spline", x, m.cfg.Dim)
	n := len(m.cfg.At)
	h := c.Concat(1, c.Param(m.widths), c.Param(m.heights), c.Param(m.ends))
	width := n * m.cfg.Spline.perValue()
	h = c.BroadcastTo(c.Reshape(h, autodiff.S(1, width)), autodiff.S(x.Dim(0), width))
	y, logs := m.cfg.Spline.apply(c, c.Gather(x, 1, m.cfg.At), h, undo)
	logdet = samples(c, logs)
	if len(m.rest) > 0 {
		y = c.Concat(1, y, c.Gather(x, 1, m.rest))
	}
	y = c.Gather(y, 1, m.place)
	c.Close(y, logdet)
	return y, logdet
}
