package kernel

// Epilogue is what a convolution adds to its result before it is written, each part nil
// for nothing: Bias [K], Shift [N,K], Residual [N,K,out...].
type Epilogue[T Float] struct{ Bias, Shift, Residual []T }

// add is the number added to channel k of sample n.
func (e *Epilogue[T]) add(n, k, channels int) (s T) {
	if e.Bias != nil {
		s = e.Bias[k]
	}
	if e.Shift != nil {
		s += e.Shift[n*channels+k]
	}
	return s
}

// check panics unless the parts have the lengths that p asks for.
func (e *Epilogue[T]) check(op string, p *ConvArgs) {
	if e.Bias != nil {
		sized(op, "bias", len(e.Bias), p.K)
	}
	if e.Shift != nil {
		sized(op, "shift", len(e.Shift), p.N*p.K)
	}
	if e.Residual != nil {
		sized(op, "residual", len(e.Residual), p.N*p.K*volume(p.Out))
	}
}
