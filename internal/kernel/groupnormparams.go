package kernel

import "tweedie/internal/par"

// GroupNormParams computes the gradients of <a, y> in gamma, the first half of dst, and in beta, the second;
// dst [2,C], summed over samples, or [2,N,C]; gamma, beta [C], [N,C] or nil.
func GroupNormParams[T Float](p NormArgs, dst, x, a, gamma, beta []T) {
	runNorm("GroupNormParams", normJob[T]{NormArgs: p, kind: normParams, dst: dst, x: x, a: a, t: a, gamma: gamma, beta: beta})
}

// params sums every channel over stretches of samples, and then the stretches as a tree.
func (j *normJob[T]) params(op string) {
	each := j.N > 1 && len(j.dst) == 2*j.N*j.C
	j.stretch = 1
	if !each {
		sized(op, "dst", len(j.dst), 2*j.C)
		j.stretch = max(1, block/max(1, j.C*j.Spatial))
	}
	stretches := blocksOf(j.N, j.stretch)
	s := borrow[float64](max(1, stretches) * 2 * j.C)
	clear(s.buf)
	if j.spread && j.Spatial > 1 { // so stretch is 1
		j.spreadParams(s.buf)
	} else {
		j.spread, j.part = false, s.buf
		j.units = max(1, dearBlock/max(1, j.stretch*j.size))
		par.Do(stretches*blocksOf(j.Groups, j.units), j)
	}
	if each {
		for i := range j.dst {
			half, n, c := i/(j.N*j.C), i/j.C%j.N, i%j.C
			j.dst[i] = T(s.buf[(2*n+half)*j.C+c])
		}
	} else {
		foldTree(false, s.buf, stretches, 2*j.C)
		for i := range j.dst {
			j.dst[i] = T(s.buf[i])
		}
	}
	s.free()
}

// paramGroups does a run of groups of a stretch of samples.
func (j *normJob[T]) paramGroups(b int) {
	var g normGroup[T]
	h, z := j.scratch(&g)
	runs := blocksOf(j.Groups, j.units)
	k, lo := b/runs, b%runs*j.units
	part := j.part[k*2*j.C:][:2*j.C]
	for i := lo; i < min(lo+j.units, j.Groups); i++ {
		inGamma, inBeta := part[i*j.per:][:j.per], part[j.C+i*j.per:][:j.per]
		for n := k * j.stretch; n < min((k+1)*j.stretch, j.N); n++ {
			j.addParams(inGamma, inBeta, &g, n*j.Groups+i)
		}
	}
	release(h, z)
}

// addParams adds the gradients in gamma and beta of group i.
func (j *normJob[T]) addParams(inGamma, inBeta []float64, g *normGroup[T], i int) {
	j.whole(g, i)
	h, d := g.h, j.a[i*j.size:][:j.size]
	affine(h, j.x[i*j.size:][:j.size], T(g.rstd), T(-g.mean*g.rstd))
	if j.SiLU {
		j.throughSiLU(g.al, d, h, g.al, i, 0, false)
		d = g.al
	}
	for q := range inGamma {
		if j.Spatial == 1 {
			inGamma[q] += float64(d[q]) * float64(h[q])
			inBeta[q] += float64(d[q])
			continue
		}
		at, end := q*j.Spatial, (q+1)*j.Spatial
		inGamma[q] += dotWide(d[at:end], h[at:end])
		inBeta[q] += sumWide(d[at:end])
	}
}

// spreadParams does the few large groups there are: of each the statistics chunk by chunk, and then the rows of its
// channels.
func (j *normJob[T]) spreadParams(part []float64) {
	s := borrow[float64](j.chunks * len(normSums{}))
	j.units = max(1, dearBlock/j.Spatial)
	for j.index = range j.N * j.Groups {
		j.part = s.buf
		j.spreadPhase(0)
		j.part, j.phase = part, 1
		par.Do(blocksOf(j.per, j.units), j)
	}
	s.free()
}

// paramRows does a run of channels of the group at work.
func (j *normJob[T]) paramRows(b int) {
	h, z := borrow[T](j.Spatial), borrow[T](j.Spatial)
	g, i := &j.group, j.index
	part := j.part[i/j.Groups*2*j.C+i%j.Groups*j.per:]
	gamma, beta := j.ofGroup(j.gamma, i), j.ofGroup(j.beta, i)
	for q := b * j.units; q < min((b+1)*j.units, j.per); q++ {
		at := i*j.size + q*j.Spatial
		d := j.a[at:][:j.Spatial]
		affine(h.buf, j.x[at:][:j.Spatial], T(g.rstd), T(-g.mean*g.rstd))
		if j.SiLU {
			mul, add := channel(gamma, beta, q)
			siluBack(z.buf, d, h.buf, mul, add, 1)
			d = z.buf
		}
		part[q], part[j.C+q] = dotWide(d, h.buf), sumWide(d)
	}
	release(h, z)
}
