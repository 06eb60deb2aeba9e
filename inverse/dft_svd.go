package inverse

// Singular is one value for every measured coordinate; see DFT.
func (o *DFT) Singular() []float64 { return o.singular }

// V sets dst to the image with the real Fourier coordinates c, those that are measured first.
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

// Vt is the inverse of V.
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

// U sets dst to the measurement with coordinates c; no column of U has more than two entries.
func (o *DFT) U(dst, c []float64) {
	checkLen(o.Name(), "dst", len(dst), len(o.column))
	checkLen(o.Name(), "c", len(c), len(o.column))
	clear(dst)
	for i, u := range o.column {
		dst[u.p] += u.vp * c[i]
		dst[u.q] += u.vq * c[i]
	}
}

// Ut is the inverse of U.
func (o *DFT) Ut(dst, y []float64) {
	checkLen(o.Name(), "dst", len(dst), len(o.column))
	checkLen(o.Name(), "y", len(y), len(o.column))
	for i, u := range o.column {
		dst[i] = u.vp*y[u.p] + u.vq*y[u.q]
	}
}
