package autodiff

// AttentionInBlocks is Attention that attends blocks of that many rows, whatever the size.
func (s *Scope) AttentionInBlocks(q, k, v Var, rows int) Var { return s.attendRows(q, k, v, rows) }
