package layers

import (
	"strconv"

	"tweedie/autodiff"
)

// MLPConfig is the configuration of an MLP.
type MLPConfig struct {
	Sizes []int      `json:"sizes"` // widths of the input, the hidden layers, and the result
	Act   Activation `json:"act"`   // between the linear maps
	Init  Init       `json:"init,omitzero"`
	Last  Init       `json:"last,omitzero"` // of the last linear map
}

// MLP applies linear maps with a nonlinearity between them: x [..., Sizes[0]] -> y [..., Sizes[last]]. Parts: linear
// maps 0, 2, 4, ...; odd numbers are the nonlinearities, as in PyTorch's Sequential.
type MLP struct {
	name   string
	act    Activation
	linear []*Linear
	params []*autodiff.Param
}

// NewMLP makes an MLP with parts named and seeded by path p. The error says what in c is wrong.
func NewMLP(p Path, c MLPConfig) (*MLP, error) {
	if len(c.Sizes) < 2 {
		return nil, p.Errorf("MLP", "sizes %v: want at least two", c.Sizes)
	}
	if err := c.Act.validate(p, "MLP"); err != nil {
		return nil, err
	}
	m := &MLP{name: p.Local(), act: c.Act}
	for i := range len(c.Sizes) - 1 {
		init := c.Init
		if i == len(c.Sizes)-2 {
			init = c.Last
		}
		l, err := NewLinear(p.At(strconv.Itoa(2*i)), LinearConfig{In: c.Sizes[i], Out: c.Sizes[i+1], Init: init})
		if err != nil {
			return nil, err
		}
		m.linear = append(m.linear, l)
		m.params = append(m.params, l.Params()...)
	}
	return m, nil
}

// Params returns the parameters of the linear maps.
func (m *MLP) Params() []*autodiff.Param { return m.params }

// Forward applies the MLP to x [..., Sizes[0]]. It panics with a *autodiff.ShapeError when the last axis differs.
func (m *MLP) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(m.name)
	for i, l := range m.linear {
		if i > 0 {
			x = m.act.Apply(c, x)
		}
		x = l.Forward(c, x)
	}
	c.Close(x)
	return x
}
