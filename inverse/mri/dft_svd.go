package mri

// Singular returns one value for every coordinate that is measured. DFT gives their formula.
func (o *DFT) Singular() []float64 { return o.singular }

// V writes the image with the real Fourier coordinates c into dst. The measured coordinates come first.
func (o *DFT) V(dst, c []float64) {
	n := o.InShape().Size()
	o.CheckV(dst, c)
	f := o.planes.Get()
	defer o.planes.Put(f)
	packed := make([]float64, n)
	for i, k := range o.image {
		packed[k] = c[i]
	}
	for i := 0; i < n; i += len(f.Z) {
		f.FromReal(packed[i:][:len(f.Z)])
		f.Backward()
		f.Store(dst[i:][:len(f.Z)], f.Orthonormal())
	}
}

// Vt writes the real Fourier coordinates of x into dst, which undoes V.
func (o *DFT) Vt(dst, x []float64) {
	n := o.InShape().Size()
	o.CheckV(dst, x)
	f := o.planes.Get()
	defer o.planes.Put(f)
	packed := make([]float64, n)
	for i := 0; i < n; i += len(f.Z) {
		f.Load(x[i:][:len(f.Z)])
		f.Forward()
		f.ToReal(packed[i:][:len(f.Z)], f.Orthonormal())
	}
	for i, k := range o.image {
		dst[i] = packed[k]
	}
}

// U writes the measurement with the coordinates c into dst. No column of U has more than two nonzero entries.
func (o *DFT) U(dst, c []float64) {
	o.CheckU(dst, c)
	clear(dst)
	for i, u := range o.column {
		dst[u.p] += u.vp * c[i]
		dst[u.q] += u.vq * c[i]
	}
}

// Ut undoes U.
func (o *DFT) Ut(dst, y []float64) {
	o.CheckU(dst, y)
	for i, u := range o.column {
		dst[i] = u.vp*y[u.p] + u.vq*y[u.q]
	}
}
