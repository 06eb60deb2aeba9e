package inverse

// Singular returns one value for every coordinate that is measured. DFT gives their formula.
func (o *DFT) Singular() []float64 { return o.singular }

// V writes the image with the real Fourier coordinates c into dst. The measured coordinates come first.
func (o *DFT) V(dst, c []float64) {
	n := o.shape.Size()
	checkLen(o.Name(), "dst", len(dst), n)
	checkLen(o.Name(), "c", len(c), n)
	f := o.planes.get()
	defer o.planes.put(f)
	packed := make([]float64, n)
	for i, k := range o.image {
		packed[k] = c[i]
	}
	for i := 0; i < n; i += len(f.z) {
		f.fromReal(packed[i:][:len(f.z)])
		f.backward()
		f.store(dst[i:][:len(f.z)], f.orthonormal())
	}
}

// Vt writes the real Fourier coordinates of x into dst, which undoes V.
func (o *DFT) Vt(dst, x []float64) {
	n := o.shape.Size()
	checkLen(o.Name(), "dst", len(dst), n)
	checkLen(o.Name(), "x", len(x), n)
	f := o.planes.get()
	defer o.planes.put(f)
	packed := make([]float64, n)
	for i := 0; i < n; i += len(f.z) {
		f.load(x[i:][:len(f.z)])
		f.forward()
		f.toReal(packed[i:][:len(f.z)], f.orthonormal())
	}
	for i, k := range o.image {
		dst[i] = packed[k]
	}
}

// U writes the measurement with the coordinates c into dst. No column of U has more than two nonzero entries.
func (o *DFT) U(dst, c []float64) {
	checkLen(o.Name(), "dst", len(dst), len(o.column))
	checkLen(o.Name(), "c", len(c), len(o.column))
	clear(dst)
	for i, u := range o.column {
		dst[u.p] += u.vp * c[i]
		dst[u.q] += u.vq * c[i]
	}
}

// Ut undoes U.
func (o *DFT) Ut(dst, y []float64) {
	checkLen(o.Name(), "dst", len(dst), len(o.column))
	checkLen(o.Name(), "y", len(y), len(o.column))
	for i, u := range o.column {
		dst[i] = u.vp*y[u.p] + u.vq*y[u.q]
	}
}
