package autodiff

// GroupNormUnfused computes GroupNorm in ops: the oracle of the fused family.
func (s *Scope) GroupNormUnfused(x, gamma, beta Var, groups int, eps float64, silu bool) Var {
	c := s.Child()
	y := c.normUnfused(x, gamma, beta, groups, eps, silu)
	c.Close(y)
	return y
}

// NormMember calls an op of the GroupNorm family by name, on lead inputs followed by gamma and beta when the flags
// say so.
func (s *Scope) NormMember(name string, lead, groups int, gamma, beta, silu bool, in ...Var) Var {
	a := Attr{B: [4]bool{gamma, beta, silu}, F: [4]float64{0.01}}
	a.I[0], a.I[1] = groups, lead
	for _, op := range [...]*Op{normOp, normVJPOp, normJVPOp, normHVPOp, normParamsOp} {
		if op.Name == name {
			return s.Apply(op, a, in...)
		}
	}
	panic("no op " + name)
}
