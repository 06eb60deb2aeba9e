package learned

import (
	"sync"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// BlurNetwork applies the network of a BlurNetworkConfig.
type BlurNetwork struct {
	inverse.Base
	cfg    BlurNetworkConfig
	net    *network
	code   []float64
	dt     autodiff.DType
	arenas sync.Pool // of *autodiff.Arena, each for one application at a time
}

func newBlurNetwork(c BlurNetworkConfig, in autodiff.Shape, n *network, code []float64) *BlurNetwork {
	o := &BlurNetwork{Base: inverse.BaseOf(c, in, in), cfg: c, net: n, code: code}
	if c.Precision == autodiff.F64.String() {
		o.dt = autodiff.F64
	}
	o.arenas.New = func() any { return autodiff.NewArena() }
	return o
}

// run evaluates the network at x in the given mode and hands its input and its result to use.
func (o *BlurNetwork) run(x []float64, mode autodiff.Mode, use func(s *autodiff.Scope, in, y autodiff.Var)) {
	a := o.arenas.Get().(*autodiff.Arena)
	s := a.Scope(mode, o.dt)
	s.Freeze()
	shape := o.InShape()
	in := s.Watch(s.Const64(shape.Insert(0, 1), x))
	code := s.Const64(autodiff.S(1, len(o.code)/(shape.Dim(1)/block*(shape.Dim(2)/block)), shape.Dim(1)/block, shape.Dim(2)/block), o.code)
	low, width := o.cfg.Low, o.cfg.High-o.cfg.Low
	y := s.Affine(o.net.forward(s, s.Affine(in, 1/width, -low/width), code), width, low)
	if o.cfg.Clip {
		y = s.Clamp(y, low, o.cfg.High)
	}
	use(s, in, y)
	s.Close()
	o.arenas.Put(a)
}

// Apply sets dst = y.
func (o *BlurNetwork) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	o.run(x, autodiff.Eval, func(_ *autodiff.Scope, _, y autodiff.Var) { y.CopyTo64(dst) })
}

// VJP sets dst = (dy/dx)^T ct, in reverse mode.
func (o *BlurNetwork) VJP(dst, x, ct []float64) {
	o.CheckAdjoint(dst, ct)
	o.CheckApply(ct, x)
	o.run(x, autodiff.Record, func(s *autodiff.Scope, in, y autodiff.Var) {
		c := s.ChildMode(autodiff.Eval)
		var g [1]autodiff.Var
		c.VJPLast([]autodiff.Var{y}, []autodiff.Var{c.Const64(y.Shape(), ct)}, []autodiff.Var{in}, g[:])
		g[0].CopyTo64(dst)
	})
}

// JVP sets dst = dy/dx v, in forward mode.
func (o *BlurNetwork) JVP(dst, x, v []float64) bool {
	o.CheckJVP(dst, x, v)
	o.run(x, autodiff.Record, func(s *autodiff.Scope, in, y autodiff.Var) {
		c := s.ChildMode(autodiff.Eval)
		var t [1]autodiff.Var
		c.JVP([]autodiff.Var{in}, []autodiff.Var{c.Const64(in.Shape(), v)}, []autodiff.Var{y}, t[:])
		t[0].CopyTo64(dst)
	})
	return true
}
