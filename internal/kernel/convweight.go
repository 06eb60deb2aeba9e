package kernel

import "tweedie/internal/par"

// ConvWeightGrad computes dw, the adjoint of Conv in w applied to dy:
// dw[k,c,t] = sum over n and o of dy[n,k,o] x[n,c,(stride o + dilation t - padLo)/upsample], in order of n and o.
// It panics as Conv does; dw must not overlap x or dy.
func ConvWeightGrad[T Float](p ConvArgs, dw, x, dy []T) {
	j := start("ConvWeightGrad", p, dy, x, dw)
	defer j.end()
	if len(dy) == 0 {
		Fill(dw, 0)
		return
	}
	p = j.p
	if m := gradTileSize[T](&p); m != 0 {
		winogradGrad(m, p, dw, x, dy)
		return
	}
	kg, kk := p.K/p.Groups, p.C/p.Groups*len(j.taps)
	j.eachGroup(func(samples int) {
		j.mb, j.nb = j.tile.cut(p.Groups, kg, kk, samples*volume(p.Out))
		j.stage = weightStage
		par.Do(p.Groups*blocksOf(kg, j.mb)*blocksOf(kk, j.nb), j)
	})
}

// weightGrad adds the samples at hand to an mb x nb block of one group's dw. Runs of
// outputs are packed one after another until a panel is full, then multiplied.
func (j *convJob[T]) weightGrad(i int) {
	p, tile := &j.p, j.tile
	cg, kg := p.C/p.Groups, p.K/p.Groups
	kk, area := cg*len(j.taps), volume(p.Out)
	nm, nn := blocksOf(kg, j.mb), blocksOf(kk, j.nb)
	g, m0, n0 := i/nn/nm, i/nn%nm*j.mb, i%nn*j.nb
	m, n := min(j.mb, kg-m0), min(j.nb, kk-n0)

	cols := borrowOffsets(roundUp(n, 4))
	for q := range cols.at {
		k := n0 + min(q, n-1)
		cols.at[q] = k/len(j.taps)*j.l.plane + j.taps[k%len(j.taps)]
	}
	off := borrowOffsets(tile.pitch)
	pa, pb := borrow[T](tile.sizeA(m, depth)), borrow[T](tile.sizeB(n, depth))
	k, acc := 0, !j.first
	flush := func() {
		if k > 0 {
			a, b := packedA(pa.buf, depth, tile), packedB(pb.buf, depth, tile)
			multiply(tile, m, n, k, a, b, j.w[(g*kg+m0)*kk+n0:], kk, acc)
			k, acc = 0, true
		}
	}
	for s := range j.n1 - j.n0 {
		x := j.xp[(s*p.C+g*cg)*j.l.plane:]
		dy := j.y[((j.n0+s)*p.K+g*kg+m0)*area:]
		for at := 0; at < area; {
			w := at % p.Out[2]
			run := min(p.Out[2]-w, depth)
			if k+run > depth {
				flush()
			}
			for r := 0; r < m; r += tile.rows {
				rows := min(tile.rows, m-r)
				gatherCols(pa.buf[r/tile.rows*tile.pitch*depth+k*tile.pitch:], tile.pitch, dy[r*area+at:], offsets(off.at[:roundUp(rows, 4)], rows, area), run)
			}
			h := at / p.Out[2]
			from := x[j.l.origin(p, h/p.Out[1], h%p.Out[1], w):]
			for c := 0; c < n; c += tile.width {
				gatherCols(pb.buf[c*depth+k*tile.width:], tile.width, from, cols.at[c:min(c+tile.width, len(cols.at))], run)
			}
			k += run
			at += run
		}
	}
	flush()
	pb.free()
	pa.free()
	off.free()
	cols.free()
}
