package kernel

import "tweedie/internal/par"

const (
	patchSize = 128     // outputs gathered at once
	groupSize = 1 << 21 // elements of padded copies kept at once
)

// Conv computes the cross-correlation y[n,k,o] = sum_{c,t} w[k,c,t] x[n,c,(stride o + dilation t - padLo)/upsample],
// rounded down, zero outside; x [N,C,in...], w [K,C/Groups,kernel...], y [N,K,out...].
// It panics with an *ArgError or *SizeError on sizes that do not fit together; y must not overlap x or w.
func Conv[T Float](p ConvArgs, y, x, w []T) { ConvPlus(p, y, x, w, Epilogue[T]{}) }

// ConvPlus is Conv followed by y[n,k,o] += bias[k] + shift[n,k] + residual[n,k,o], in one pass.
// It panics as Conv does; residual must not overlap y.
func ConvPlus[T Float](p ConvArgs, y, x, w []T, e Epilogue[T]) {
	j := start("Conv", p, y, x, w)
	defer j.end()
	p = j.p
	e.check("Conv", &p)
	if len(y) == 0 {
		return
	}
	if m := tileSize[T](&p); m != 0 {
		winograd(m, p, y, x, w, false, e)
		return
	}
	j.e = e
	cg, kg := p.C/p.Groups, p.K/p.Groups
	kk := cg * len(j.taps)
	var wp *scratch[T]
	if p.N*volume(p.Out) >= 96 {
		wp = borrow[T](p.Groups * j.tile.sizeA(kg, kk))
		defer wp.free()
		j.wp = wp.buf
		j.stage = packStage
		par.Do(p.Groups*blocksOf(kk, part(kk)), j)
	}
	cut := cutOutputs(&p, patchSize, j.tile.width)
	j.mb = kg
	j.eachGroup(func(samples int) {
		for samples*p.Groups*cut.count*blocksOf(kg, j.mb) < 8 && j.mb > 4*j.tile.rows {
			j.mb = roundUp(j.mb/2, j.tile.rows)
		}
		j.units = share(j.mb * kk * min(patchSize, volume(p.Out)))
		j.nb = cut.count
		j.stage = forwardStage
		par.Do(blocksOf(samples*p.Groups*cut.count*blocksOf(kg, j.mb), j.units), j)
	})
}

// eachGroup calls f for groups of samples whose padded copies are ready.
func (j *convJob[T]) eachGroup(f func(samples int)) {
	p := &j.p
	if j.l.direct {
		j.n1, j.first, j.xp = p.N, true, j.x
		f(p.N)
		return
	}
	size := p.C * j.l.plane
	group := min(p.N, max(1, groupSize/size))
	buf := borrow[T](group * size)
	j.first = true
	for j.n0 = 0; j.n0 < p.N; j.n0 = j.n1 {
		j.n1 = min(p.N, j.n0+group)
		j.xp = buf.buf
		j.units = max(1, block/j.l.plane)
		j.stage = padStage
		par.Do(blocksOf((j.n1-j.n0)*p.C, j.units), j)
		f(j.n1 - j.n0)
		j.first = false
	}
	buf.free()
}

// pad pads a few channels.
func (j *convJob[T]) pad(i int) {
	in, plane := volume(j.p.In), j.l.plane
	for u := i * j.units; u < min((i+1)*j.units, (j.n1-j.n0)*j.p.C); u++ {
		padChannel(&j.l, &j.p, j.xp[u*plane:(u+1)*plane], j.x[(j.n0*j.p.C+u)*in:][:in])
	}
}

// packWeights packs one part of one group's weights.
func (j *convJob[T]) packWeights(i int) {
	kg, kk := j.p.K/j.p.Groups, j.p.C/j.p.Groups*len(j.taps)
	kc := part(kk)
	g, k0 := i/blocksOf(kk, kc), i%blocksOf(kk, kc)*kc
	off := borrowOffsets(j.tile.pitch)
	dst := j.wp[g*j.tile.sizeA(kg, kk)+j.tile.sizeA(kg, k0):]
	packA(dst, j.w[g*kg*kk+k0:], kg, min(kc, kk-k0), kk, 1, j.tile, off.at)
	off.free()
}

// forward computes a few blocks of outputs, each some channels of one patch.
func (j *convJob[T]) forward(i int) {
	p := &j.p
	kg, kk := p.K/p.Groups, p.C/p.Groups*len(j.taps)
	rows := blocksOf(kg, j.mb)
	cut := cutOutputs(p, patchSize, j.tile.width)
	kc := part(kk)
	pb := borrow[T](j.tile.sizeB(cut.rows*cut.cols, kc))
	off := borrowOffsets(kc)
	for u := i * j.units; u < min((i+1)*j.units, (j.n1-j.n0)*p.Groups*cut.count*rows); u++ {
		m0, t := u%rows*j.mb, cut.at(p, u/rows%cut.count)
		ng := u / rows / cut.count
		n, g := ng/p.Groups, ng%p.Groups
		m := min(j.mb, kg-m0)
		y := j.y[((j.n0+n)*p.K+g*kg+m0)*volume(p.Out)+t.start(p):]
		x := j.xp[(n*p.C+g*(p.C/p.Groups))*j.l.plane:]
		for k0 := 0; k0 < kk; k0 += kc {
			k := min(kc, kk-k0)
			a := rowsOf(j.w[(g*kg+m0)*kk+k0:], kk, 1, j.tile)
			if j.wp != nil {
				a = packedA(j.wp[g*j.tile.sizeA(kg, kk)+j.tile.sizeA(kg, k0)+j.tile.sizeA(m0, k):], k, j.tile)
			}
			b := j.gatherPatch(pb.buf, x, &t, k0, k, off.at[:k])
			multiply(j.tile, m, t.rows*t.cols, k, a, b, y, volume(p.Out), k0 > 0)
		}
		j.addTo(y, j.n0+n, g*kg+m0, m, &t)
	}
	off.free()
	pb.free()
}

// gatherPatch packs rows k0..k0+k of X for a patch.
func (j *convJob[T]) gatherPatch(dst, x []T, t *patch, k0, k int, off []int) view[T] {
	c, tap := k0/len(j.taps), k0%len(j.taps)
	for i := range off {
		off[i] = c*j.l.plane + j.taps[tap]
		if tap++; tap == len(j.taps) {
			tap, c = 0, c+1
		}
	}
	width := j.tile.width
	for at := 0; at < t.rows*t.cols; {
		r, w := at/t.cols, at%t.cols
		n := min(t.cols-w, width-at%width)
		gatherRows(dst[at/width*width*k+at%width:], width, x[j.l.origin(&j.p, t.od, t.oh+r, t.ow+w):], off, n)
		at += n
	}
	return packedB(dst, k, j.tile)
}

// addTo adds what the epilogue has for m channels from k of a patch of sample n.
func (j *convJob[T]) addTo(y []T, n, k, m int, t *patch) {
	area, size := volume(j.p.Out), t.rows*t.cols
	if j.e.Bias != nil || j.e.Shift != nil {
		for i := range m {
			row := y[i*area : i*area+size]
			copyRect(row, size, row, size, 1, size, j.e.add(n, k+i, j.p.K))
		}
	}
	if j.e.Residual != nil {
		addRect(y, area, j.e.Residual[(n*j.p.K+k)*area+t.start(&j.p):], area, m, size)
	}
}
