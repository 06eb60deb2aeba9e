package kernel

// sizedChannels panics unless a list of channels has none, c or n c entries.
func sizedChannels(op, arg string, got, n, c int) {
	if got != 0 && got != n*c {
		sized(op, arg, got, c)
	}
}

// ofGroup is the part of v [C] or [N,C] that belongs to group i, counted through the samples.
func (j *normJob[T]) ofGroup(v []T, i int) []T {
	if len(v) == 0 {
		return nil
	}
	if len(v) == j.C {
		i %= j.Groups
	}
	return v[i*j.per : (i+1)*j.per]
}

// Below, slices are of the elements of group i from number lo on.

// row is where channel q ends, at most at n.
func (j *normJob[T]) row(q, lo, n int) int { return min(n, (q+1)*j.Spatial-lo) }

// normalize computes y of one stretch; y may be x.
func (j *normJob[T]) normalize(y, x []T, g *normGroup[T], i, lo int) {
	if j.Spatial == 1 {
		affine(y, x, T(g.rstd), T(-g.mean*g.rstd))
		j.affineChannels(y, y, i, lo)
		if j.SiLU {
			unary(SiLU, y, y)
		}
		return
	}
	gamma, beta := j.ofGroup(j.gamma, i), j.ofGroup(j.beta, i)
	for q, at := lo/j.Spatial, 0; at < len(x); q++ {
		end := j.row(q, lo, len(x))
		mul, add := g.rstd, -g.mean*g.rstd
		if gamma != nil {
			mul, add = mul*float64(gamma[q]), add*float64(gamma[q])
		}
		if beta != nil {
			add += float64(beta[q])
		}
		affineSiLU(y[at:end], x[at:end], T(mul), T(add), j.SiLU)
		at = end
	}
}

// affineSiLU computes y = mul x + add, or silu of it.
func affineSiLU[T Float](y, x []T, mul, add T, withSiLU bool) {
	if withSiLU && quick[T](len(y)) {
		fast.affineSilu(first(y), first(x[:len(y)]), len(y), float32(mul), float32(add))
		return
	}
	affine(y, x, mul, add)
	if withSiLU {
		unary(SiLU, y, y)
	}
}

// alpha computes dst = gamma f'(z) a; dst may be a. z may be overwritten; it may be h, or dst where dst is not a.
func (j *normJob[T]) alpha(dst, a, h, z []T, i, lo int) {
	if j.SiLU {
		j.throughSiLU(dst, a, h, z, i, lo, true)
		return
	}
	j.scaleChannels(dst, a, i, lo)
}

// throughSiLU computes dst = silu'(z) a, times gamma when asked, with dst and z as in alpha.
func (j *normJob[T]) throughSiLU(dst, a, h, z []T, i, lo int, scaled bool) {
	if j.Spatial == 1 {
		j.affineChannels(z, h, i, lo)
		unary(siluGrad, z, z)
		binary(Mul, dst, a, z)
		if scaled {
			j.scaleChannels(dst, dst, i, lo)
		}
		return
	}
	gamma, beta := j.ofGroup(j.gamma, i), j.ofGroup(j.beta, i)
	for q, at := lo/j.Spatial, 0; at < len(h); q++ {
		end := j.row(q, lo, len(h))
		mul, add := channel(gamma, beta, q)
		scale := T(1)
		if scaled {
			scale = mul
		}
		siluBack(dst[at:end], a[at:end], h[at:end], mul, add, scale)
		at = end
	}
}

// channel is gamma and beta of channel q, 1 and 0 without.
func channel[T Float](gamma, beta []T, q int) (mul, add T) {
	mul = 1
	if gamma != nil {
		mul = gamma[q]
	}
	if beta != nil {
		add = beta[q]
	}
	return mul, add
}

// siluBack computes dst = scale a silu'(mul x + add); dst may be a.
func siluBack[T Float](dst, a, x []T, mul, add, scale T) {
	if quick[T](len(dst)) {
		fast.siluBack(first(dst), first(a[:len(dst)]), first(x[:len(dst)]), len(dst), float32(mul), float32(add), float32(scale))
		return
	}
	for i, v := range x[:len(dst)] {
		dst[i] = scale * a[i] * T(gradSiLU(float64(mul*v+add)))
	}
}

// curvature computes al = gamma silu'(z) a and turns dst = P t into gamma^2 silu”(z) a P t.
func (j *normJob[T]) curvature(al, dst, a, h []T, i, lo int) {
	if j.Spatial == 1 {
		j.affineChannels(al, h, i, lo)
		siluCurve(dst, al, a, al, 1, 0)
		j.scaleChannels(al, al, i, lo)
		j.scaleChannels(dst, dst, i, lo)
		j.scaleChannels(dst, dst, i, lo)
		return
	}
	gamma, beta := j.ofGroup(j.gamma, i), j.ofGroup(j.beta, i)
	for q, at := lo/j.Spatial, 0; at < len(h); q++ {
		end := j.row(q, lo, len(h))
		mul, add := channel(gamma, beta, q)
		siluCurve(dst[at:end], al[at:end], a[at:end], h[at:end], mul, add)
		at = end
	}
}

// siluCurve computes al = mul a silu'(z) and dst = mul^2 a silu”(z) dst, z = mul h + add; al may be h.
// In assembly the errors of silu' and silu” are at most 3e-7 + 5e-7 |silu'| and 3e-7.
func siluCurve[T Float](dst, al, a, h []T, mul, add T) {
	if quick[T](len(dst)) {
		fast.siluCurve(first(dst), first(al[:len(dst)]), first(a[:len(dst)]), first(h[:len(dst)]), len(dst), float32(mul), float32(add))
		return
	}
	for k, v := range h[:len(dst)] {
		z := min(max(float64(mul*v+add), -1e4), 1e4)
		s, q := sigmoid(z), sigmoid(-z)
		g := float64(mul * a[k])
		al[k] = T(g * s * (1 + z*q))
		dst[k] *= T(float64(mul) * g * s * q * (2 + z*(q-s)))
	}
}

// scaleChannels computes dst = gamma x; dst may be x.
func (j *normJob[T]) scaleChannels(dst, x []T, i, lo int) {
	gamma := j.ofGroup(j.gamma, i)
	switch {
	case gamma == nil:
		copy(dst, x)
	case j.Spatial == 1:
		binary(Mul, dst, x, gamma[lo:lo+len(x)])
	default:
		for q, at := lo/j.Spatial, 0; at < len(x); q++ {
			end := j.row(q, lo, len(x))
			affine(dst[at:end], x[at:end], gamma[q], 0)
			at = end
		}
	}
}

// affineChannels computes z = gamma h + beta where Spatial is 1; z may be h.
func (j *normJob[T]) affineChannels(z, h []T, i, lo int) {
	j.scaleChannels(z, h, i, lo)
	if beta := j.ofGroup(j.beta, i); beta != nil {
		binary(Add, z, z, beta[lo:lo+len(h)])
	}
}
