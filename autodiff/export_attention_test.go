package autodiff

// AttentionInBlocks attends blocks of rows rows, whatever the size.
func (s *Scope) AttentionInBlocks(q, k, v Var, rows int) Var { return s.attendRows(q, k, v, rows) }

// SelfMember calls an op of the self-attention family by name; both asks self_attention_hvp for both gradients.
func (s *Scope) SelfMember(name string, both bool, heads int, p QKV, in ...Var) Var {
	for _, op := range [...]*Op{selfOp, selfVJPOp, selfJVPOp, selfHVPOp} {
		if op.Name == name {
			return s.Apply(op, Attr{I: [16]int{heads, p.Head, p.Part, p.Channel}, B: [4]bool{both}}, in...)
		}
	}
	panic("no op " + name)
}

// SelfAttentionUnfused computes SelfAttention in ops: the oracle of the fused family.
func (s *Scope) SelfAttentionUnfused(x Var, heads int, p QKV) Var {
	c := s.Child()
	call := &Call{Attr: Attr{I: [16]int{heads, p.Head, p.Part, p.Channel}}, In: []Var{x}, op: selfOp, scope: c}
	y := selfParts(c, call, call.In)
	c.Close(y)
	return y
}
