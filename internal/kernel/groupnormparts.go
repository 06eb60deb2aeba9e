package kernel

// alpha computes dst = gamma f'(z) a for group i; dst may be a.
func (j *normGradJob[T]) alpha(dst, a, h []T, i int) {
	if j.SiLU {
		j.throughSiLU(dst, a, h, i, true)
		return
	}
	j.scaleChannels(dst, a, i)
}

// throughSiLU computes dst = silu'(z) a, times gamma when asked; dst may be a.
func (j *normGradJob[T]) throughSiLU(dst, a, h []T, i int, scaled bool) {
	if j.Spatial == 1 {
		z := borrow[T](len(h))
		j.affineChannels(z.buf, h, i)
		unary(siluGrad, z.buf, z.buf)
		binary(Mul, dst, a, z.buf)
		if scaled {
			j.scaleChannels(dst, dst, i)
		}
		z.free()
		return
	}
	per := j.C / j.Groups
	gamma, beta := ofGroup(j.gamma, i, per, j.C), ofGroup(j.beta, i, per, j.C)
	for q := range per {
		mul, add := T(1), T(0)
		if gamma != nil {
			mul = gamma[q]
		}
		if beta != nil {
			add = beta[q]
		}
		scale := T(1)
		if scaled {
			scale = mul
		}
		at, end := q*j.Spatial, (q+1)*j.Spatial
		siluBack(dst[at:end], a[at:end], h[at:end], mul, add, scale)
	}
}

// siluBack computes dst = scale a silu'(mul x + add); dst may be a.
func siluBack[T Float](dst, a, x []T, mul, add, scale T) {
	if quick[T](len(dst)) {
		fast.siluBack(first(dst), first(a[:len(dst)]), first(x[:len(dst)]), len(dst), float32(mul), float32(add), float32(scale))
		return
	}
	z := borrow[T](len(dst))
	affine(z.buf, x[:len(dst)], mul, add)
	unary(siluGrad, z.buf, z.buf)
	for i, g := range z.buf {
		dst[i] = scale * a[i] * g
	}
	z.free()
}

// project computes dst = P v; dst may be v.
func project[T Float](dst, v, h []T, r float64) {
	m := float64(len(h))
	shift, slope := -r*sumWide(v)/m, -r*dotWide(v, h)/m
	if quick[T](len(dst)) {
		fast.combine(first(dst), first(v[:len(dst)]), first(h[:len(dst)]), len(dst), float32(r), float32(slope), float32(shift))
		return
	}
	affine(dst, v, T(r), T(shift))
	axpy(T(slope), h, dst)
}

// second computes the Hessian-vector product of group i.
func (j *normGradJob[T]) second(dst, a, t, h []T, r float64, i int) {
	m := float64(len(h))
	alpha := borrow[T](len(h))
	defer alpha.free()
	al := alpha.buf
	if j.SiLU {
		project(dst, t, h, r)
		j.curvature(al, dst, a, h, i)
	} else {
		j.scaleChannels(al, a, i)
		clear(dst)
	}
	mt, ma := dotWide(h, t)/m, dotWide(h, al)/m
	c := dotWide(al, t)/m - sumWide(al)/m*(sumWide(t)/m) - ma*mt
	axpy(T(-r*mt), al, dst)
	axpy(T(-r*ma), t, dst)
	project(dst, dst, h, r)
	axpy(T(-r*r*c), h, dst)
}

// curvature computes al = gamma silu'(z) a and turns dst = P t into gamma^2 silu”(z) a P t.
func (j *normGradJob[T]) curvature(al, dst, a, h []T, i int) {
	z, sig := borrow[T](len(h)), borrow[T](len(h))
	j.affineChannels(z.buf, h, i)
	unary(Sigmoid, sig.buf, z.buf)
	for k, s := range sig.buf {
		zk, q := z.buf[k], 1-s
		al[k] = a[k] * s * (1 + zk*q)
		dst[k] *= a[k] * s * q * (2 + zk*(q-s))
	}
	z.free()
	sig.free()
	j.scaleChannels(al, al, i)
	j.scaleChannels(dst, dst, i)
	j.scaleChannels(dst, dst, i)
}

// params adds the gradients in gamma and beta of group i to part [2,C].
func (j *normGradJob[T]) params(i int, h []T, part []float64) {
	_, lo, hi := j.normalized(i, h)
	d := j.a[lo:hi]
	if j.SiLU {
		z := borrow[T](len(h))
		defer z.free()
		j.throughSiLU(z.buf, d, h, i, false)
		d = z.buf
	}
	c0 := i % j.Groups * (j.C / j.Groups)
	for q := range j.C / j.Groups {
		at, end := q*j.Spatial, (q+1)*j.Spatial
		part[c0+q] += dotWide(d[at:end], h[at:end])
		part[j.C+c0+q] += sumWide(d[at:end])
	}
}

// scaleChannels computes dst = gamma x for group i; dst may be x.
func (j *normGradJob[T]) scaleChannels(dst, x []T, i int) {
	per := j.C / j.Groups
	gamma := ofGroup(j.gamma, i, per, j.C)
	switch {
	case gamma == nil:
		copy(dst, x)
	case j.Spatial == 1:
		binary(Mul, dst, x, gamma)
	default:
		for q := range per {
			at, end := q*j.Spatial, (q+1)*j.Spatial
			affine(dst[at:end], x[at:end], gamma[q], 0)
		}
	}
}

// affineChannels computes z = gamma h + beta for group i.
func (j *normGradJob[T]) affineChannels(z, h []T, i int) {
	j.scaleChannels(z, h, i)
	per := j.C / j.Groups
	beta := ofGroup(j.beta, i, per, j.C)
	if beta == nil {
		return
	}
	if j.Spatial == 1 {
		binary(Add, z, z, beta)
		return
	}
	for q := range per {
		row := z[q*j.Spatial : (q+1)*j.Spatial]
		affine(row, row, 1, beta[q])
	}
}
