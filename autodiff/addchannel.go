package autodiff

// AddChannel returns x + b along axis 1, for x [N,C,...] and b [C]. It panics with a *ShapeError when b is not [C].
func (s *Scope) AddChannel(x, b Var) Var {
	xs, bs := x.node("add_channel", s.Path()).shape, b.node("add_channel", s.Path()).shape
	if xs.rank < 2 || bs != S(xs.dims[1]) {
		panic(&ShapeError{Op: "add_channel", Module: s.Path(), Shapes: []Shape{xs, bs}, Msg: "want [N,C,...] and [C]"})
	}
	c := s.Child()
	y := c.Add(x, c.Reshape(b, channelShape(xs)))
	c.Close(y)
	return y
}

// channelShape returns [C,1,...,1], the shape in which a vector of channels broadcasts over x [N,C,...].
func channelShape(x Shape) Shape {
	s := Shape{rank: x.rank - 1}
	s.dims[0] = x.dims[1]
	for i := 1; i < s.rank; i++ {
		s.dims[i] = 1
	}
	return s
}
