package flows

import (
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/layers"
)

// MaskedConfig is the configuration of a Masked.
type MaskedConfig struct {
	Dim         int    `json:"dim"`
	Move        []int  `json:"move"`                  // values that are moved; the others move them and stay
	Scale       string `json:"scale"`                 // "exp", "sigmoid", "inverse-sigmoid", "nflows", "none" or "spline"; see Masked
	ToData      bool   `json:"to_data,omitempty"`     // Inverse multiplies and adds, and Forward undoes it; otherwise Forward does
	Interleaved bool   `json:"interleaved,omitempty"` // the net returns t_0, u_0, t_1, u_1, ... and not all t, then all u

	Spline *SplineConfig `json:"spline,omitempty"` // of "spline"
}

// Masked is the coupling of other projects: values of a sample at the indices Move become b e^l + t, with (t, u) = net(a)
// of the other values a, and
//
//	exp  l = u    sigmoid  l = ln sigma(u+2)    inverse-sigmoid  l = -ln sigma(u+2)    nflows  l = ln(sigma(u+2) + 1e-3)    none  l = 0, no u
//
// and "spline" maps every moved value by a rational-quadratic spline that the net makes ("sigmoid" is normflows' sigmoid_inv, "inverse-sigmoid" its sigmoid). Parameters: those of net.
type Masked struct {
	name  string
	cfg   MaskedConfig
	keep  []int
	place []int // of every value behind keep, move
	net   layers.Layer
}

// NewMasked makes a Masked at p with a net from rows [B,Dim-n] to rows [B,2n], or [B,n] for "none", [B,n (3 bins - 1)] for
// "spline", for n values that are moved.
// The error says what in c is wrong, or that the net returns something else.
func NewMasked(p layers.Path, c MaskedConfig, net layers.Layer) (*Masked, error) {
	k := config.Check("masked coupling")
	k.Int("dim", c.Dim, 2, layers.MostExtent)
	k.Name("scale", c.Scale, "exp", "sigmoid", "inverse-sigmoid", "nflows", "none", "spline")
	k.That((c.Spline != nil) == (c.Scale == "spline"), "spline", c.Spline != nil, "want one for the scale spline, and for no other")
	if c.Spline != nil {
		c.Spline.validate(k)
	}
	k.Ints("move", c.Move, 0, c.Dim-1)
	sorted := slices.Compact(slices.Sorted(slices.Values(c.Move)))
	k.That(len(sorted) == len(c.Move) && len(c.Move) > 0 && len(c.Move) < c.Dim, "move", len(c.Move), "want some of the %d values and not all, each once", c.Dim)
	if err := k.Err(); err != nil {
		return nil, err
	}
	m := &Masked{name: p.Local(), cfg: c, net: net, place: make([]int, c.Dim)}
	moved := map[int]bool{}
	for _, j := range c.Move {
		moved[j] = true
	}
	for j := range c.Dim {
		if !moved[j] {
			m.place[j] = len(m.keep)
			m.keep = append(m.keep, j)
		}
	}
	for i, j := range c.Move {
		m.place[j] = len(m.keep) + i
	}
	want := autodiff.S(1, c.Width())
	if out, err := layers.OutShape(net.Forward, autodiff.S(1, len(m.keep))); err != nil || out != want {
		return nil, p.Errorf("masked coupling", "the net makes %v of [1,%d] (%v); want %v", out, len(m.keep), err, want)
	}
	return m, nil
}

// Width returns how many numbers of the net a sample takes.
func (c *MaskedConfig) Width() int {
	switch {
	case c.Scale == "none":
		return len(c.Move)
	case c.Spline != nil:
		return len(c.Move) * c.Spline.perValue()
	}
	return 2 * len(c.Move)
}

// Params returns the parameters of the net.
func (m *Masked) Params() []*autodiff.Param { return m.net.Params() }

// Dim returns the number of values in a sample.
func (m *Masked) Dim() int { return m.cfg.Dim }

// Forward maps data x [B,D] to latents z [B,D] with log|det dz/dx| [B].
// It panics with a *autodiff.ShapeError when x is not [B,D].
func (m *Masked) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	return m.run(s, x, m.cfg.ToData)
}

// Inverse maps latents z [B,D] to data x [B,D] with log|det dx/dz| [B].
// It panics with a *autodiff.ShapeError when z is not [B,D].
func (m *Masked) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	return m.run(s, z, !m.cfg.ToData)
}

func (m *Masked) run(s *autodiff.Scope, x autodiff.Var, undo bool) (y, logdet autodiff.Var) {
	c := s.Enter(m.name)
	rows(c, "masked coupling", x, m.cfg.Dim)
	a, b := c.Gather(x, 1, m.keep), c.Gather(x, 1, m.cfg.Move)
	h := m.net.Forward(c, a)
	if m.cfg.Spline != nil {
		b, logdet = m.cfg.Spline.apply(c, b, h, undo)
		logdet = samples(c, logdet)
	} else {
		t, l := m.affine(c, h)
		logdet = samples(c, l)
		if undo {
			b, logdet = c.Mul(c.Sub(b, t), c.Exp(c.Neg(l))), c.Neg(logdet)
		} else {
			b = c.Add(c.Mul(b, c.Exp(l)), t)
		}
	}
	y = c.Gather(c.Concat(1, a, b), 1, m.place)
	c.Close(y, logdet)
	return y, logdet
}

// affine is t and l of what the net returns.
func (m *Masked) affine(s *autodiff.Scope, h autodiff.Var) (t, l autodiff.Var) {
	n := len(m.cfg.Move)
	if m.cfg.Scale == "none" {
		return h, s.Zeros(h.Shape())
	}
	u := h
	if m.cfg.Interleaved {
		pairs := s.Reshape(h, autodiff.S(h.Dim(0), n, 2))
		t, u = s.Slice(pairs, 2, 0, 1), s.Slice(pairs, 2, 1, 2)
		t, u = s.Reshape(t, autodiff.S(h.Dim(0), n)), s.Reshape(u, autodiff.S(h.Dim(0), n))
	} else {
		t, u = s.Slice(h, 1, 0, n), s.Slice(h, 1, n, 2*n)
	}
	switch m.cfg.Scale {
	case "sigmoid":
		return t, s.Neg(s.Softplus(s.Affine(u, -1, -2)))
	case "inverse-sigmoid":
		return t, s.Softplus(s.Affine(u, -1, -2))
	case "nflows":
		return t, s.Log(s.AddScalar(s.Sigmoid(s.AddScalar(u, 2)), 1e-3))
	}
	return t, u
}
