package kernel

// GroupNormVJP computes J^T a = P gamma f'(z) a, the gradient of <a, y> in x; gamma, beta [C], [N,C] or nil.
func GroupNormVJP[T Float](p NormArgs, dst, x, a, gamma, beta []T) {
	runNorm("GroupNormVJP", normJob[T]{NormArgs: p, kind: normVJP, dst: dst, x: x, a: a, t: a, gamma: gamma, beta: beta})
}

// GroupNormJVP computes J t = f'(z) gamma P t, the change of y for a change t of x; gamma, beta [C], [N,C] or nil.
func GroupNormJVP[T Float](p NormArgs, dst, x, t, gamma, beta []T) {
	runNorm("GroupNormJVP", normJob[T]{NormArgs: p, kind: normJVP, dst: dst, x: x, a: t, t: t, gamma: gamma, beta: beta})
}

// GroupNormHVP computes the gradient in x of <a, J t>, the Hessian of <a, y> times t. With alpha = gamma f'(z) a
// and b = gamma^2 f”(z) a P t it is
//
//	P (b - r mean(h t) alpha - r mean(h alpha) t) - r mean(alpha P t) h,   gamma, beta [C], [N,C] or nil.
func GroupNormHVP[T Float](p NormArgs, dst, x, a, t, gamma, beta []T) {
	runNorm("GroupNormHVP", normJob[T]{NormArgs: p, kind: normHVP, dst: dst, x: x, a: a, t: t, gamma: gamma, beta: beta})
}

// chunk does one phase of chunk c of group i and sets s to the chunk's part of the phase's sums.
func (j *normJob[T]) chunk(g *normGroup[T], i, c, phase int, s *normSums) {
	lo := c * normChunk
	hi := min(lo+normChunk, j.size)
	at, end := i*j.size+lo, i*j.size+hi
	x := j.x[at:end]
	if phase == 0 {
		moments(s, x)
		return
	}
	dst := j.dst[at:end]
	if j.kind == normForward {
		j.normalize(dst, x, g, i, lo)
		return
	}
	h, a, t := g.h[lo:hi], j.a[at:end], j.t[at:end]
	if phase == 1 {
		affine(h, x, T(g.rstd), T(-g.mean*g.rstd))
	}
	switch {
	case j.kind == normVJP && phase == 1:
		j.alpha(dst, a, h, dst, i, lo)
		s[0], s[1] = sumWide(dst), dotWide(dst, h)
	case j.kind == normVJP:
		j.project(dst, dst, h, g)
	case phase == 1: // JVP and HVP
		s[0], s[1] = sumWide(t), dotWide(t, h)
	case j.kind == normJVP:
		j.project(dst, t, h, g)
		j.alpha(dst, dst, h, h, i, lo)
	case phase == 2:
		j.bend(dst, a, t, h, g.al[lo:hi], g, i, lo, s)
	default:
		j.second(dst, t, h, g.al[lo:hi], g)
	}
}

// project computes dst = P v from the sums of v and v h in phase 1; dst may be v.
func (j *normJob[T]) project(dst, v, h []T, g *normGroup[T]) {
	m := float64(j.size)
	combine(dst, v, h, g.rstd, -g.rstd*g.sums[1][1]/m, -g.rstd*g.sums[1][0]/m)
}

// combine computes dst = p x + (q y + add); dst may be x.
func combine[T Float](dst, x, y []T, p, q, add float64) {
	if quick[T](len(dst)) {
		fast.combine(first(dst), first(x[:len(dst)]), first(y[:len(dst)]), len(dst), float32(p), float32(q), float32(add))
		return
	}
	affine(dst, x, T(p), T(add))
	axpy(T(q), y, dst)
}

// bend computes al = alpha and dst = b, and sets s to the sums of al, al h, al t, dst and dst h.
func (j *normJob[T]) bend(dst, a, t, h, al []T, g *normGroup[T], i, lo int, s *normSums) {
	if j.SiLU {
		j.project(dst, t, h, g)
		j.curvature(al, dst, a, h, i, lo)
		s[3], s[4] = sumWide(dst), dotWide(dst, h)
	} else {
		j.scaleChannels(al, a, i, lo)
		s[3], s[4] = 0, 0
	}
	s[0], s[1], s[2] = sumWide(al), dotWide(al, h), dotWide(al, t)
}

// second turns dst = b into the Hessian-vector product. The sums of what P is applied to are made of those of its terms.
func (j *normJob[T]) second(dst, t, h, al []T, g *normGroup[T]) {
	m, r := float64(j.size), g.rstd
	var of [2]float64 // means of t and t h
	var b normSums
	for k := range of {
		of[k] = g.sums[1][k] / m
	}
	for k, v := range g.sums[2] {
		b[k] = v / m
	}
	ct, ca := -r*b[1], -r*of[1] // of t and of alpha
	mean := b[3] + ca*b[0] + ct*of[0]
	slope := b[4] + ca*b[1] + ct*of[1]
	c := b[2] - b[0]*of[0] - b[1]*of[1] // mean(alpha P t)/r
	slope = -r*slope - r*r*c
	if j.SiLU {
		axpy(T(ca), al, dst)
		axpy(T(ct), t, dst)
		combine(dst, dst, h, r, slope, -r*mean)
		return
	}
	combine(dst, al, t, r*ca, r*ct, -r*mean)
	axpy(T(slope), h, dst)
}
