package kernel

import "tweedie/internal/par"

// ConvInputGrad computes dx, the adjoint of Conv in x applied to dy:
// dx[n,c,i] = sum of w[k,c,t] dy[n,k,o] over all k, t, o with stride o + dilation t - padLo = i,
// or within [i upsample, (i+1) upsample).
// It panics as Conv does; dx must not overlap dy or w.
func ConvInputGrad[T Float](p ConvArgs, dx, dy, w []T) {
	j := start("ConvInputGrad", p, dy, dx, w)
	defer j.end()
	p = j.p
	if len(dy) == 0 || len(dx) == 0 {
		Fill(dx, 0)
		return
	}
	if m := inputTileSize[T](&p); m != 0 {
		winograd(m, turned(p), dx, dy, w, true, Epilogue[T]{})
		return
	}
	if len(j.taps) == 1 && j.l.direct && p.Stride == [3]int{1, 1, 1} && p.Groups == 1 {
		area := volume(p.In)
		Gemm(GemmArgs{Batch: p.N, M: p.C, N: area, K: p.K, TransA: true, StrideB: p.K * area, StrideC: p.C * area}, dx, w, dy)
		return
	}
	j.mb = min(p.C/p.Groups, max(1, (108+len(j.taps)/2)/len(j.taps)))
	chunks := p.Groups * blocksOf(p.C/p.Groups, j.mb)
	wp := borrow[T](chunks * j.tile.sizeA(j.mb*len(j.taps), p.K/p.Groups))
	j.wp = wp.buf
	j.stage = packTapsStage
	par.Do(chunks, j)
	j.stage = inputStage
	par.Do(p.N*chunks, j)
	wp.free()
}

// packTaps packs the weights of one chunk of channels, rows (c,t), all of K.
func (j *convJob[T]) packTaps(i int) {
	p, g := &j.p, j.tile
	cg, kg, taps := p.C/p.Groups, p.K/p.Groups, len(j.taps)
	chunks := blocksOf(cg, j.mb)
	group, c0 := i/chunks, i%chunks*j.mb
	rows := min(j.mb, cg-c0) * taps
	kc := part(kg)
	off := borrowOffsets(kc)
	dst := j.wp[i*g.sizeA(j.mb*taps, kg):]
	for k0 := 0; k0 < kg; k0 += kc {
		packA(dst[g.sizeA(rows, k0):], j.w[((group*kg+k0)*cg+c0)*taps:], rows, min(kc, kg-k0), 1, cg*taps, g, off.at)
	}
	off.free()
}

// inputGrad computes mb channels of one sample's dx: products patch by patch, added
// into a padded copy tap by tap.
func (j *convJob[T]) inputGrad(i int) {
	p, g := &j.p, j.tile
	cg, kg, taps := p.C/p.Groups, p.K/p.Groups, len(j.taps)
	chunks := blocksOf(cg, j.mb)
	n, group, c0 := i/chunks/p.Groups, i/chunks%p.Groups, i%chunks*j.mb
	channels := min(j.mb, cg-c0)
	rows := channels * taps
	kc := part(kg)

	pa := j.wp[i%(chunks*p.Groups)*g.sizeA(j.mb*taps, kg):]
	off := borrowOffsets(kc)
	area, in := volume(p.Out), volume(p.In)
	dx := j.x[(n*p.C+group*cg+c0)*in:][:channels*in]
	sum, padded := dx, (*scratch[T])(nil)
	if !j.l.direct {
		padded = borrow[T](channels * j.l.plane)
		sum = padded.buf
	}
	clear(sum)
	cut := cutOutputs(p, patchSize, g.width)
	size := cut.rows * cut.cols
	pb, tmp := borrow[T](g.sizeB(size, kc)), borrow[T](rows*size)
	for u := range cut.count {
		t := cut.at(p, u)
		size := t.rows * t.cols
		for k0 := 0; k0 < kg; k0 += kc {
			k := min(kc, kg-k0)
			b := packB(pb.buf, j.y[(n*p.K+group*kg+k0)*area+t.start(p):], size, k, area, g, off.at)
			multiply(g, rows, size, k, packedA(pa[g.sizeA(rows, k0):], k, g), b, tmp.buf, size, k0 > 0)
		}
		at := j.l.origin(p, t.od, t.oh, t.ow)
		for r := range rows {
			addRect(sum[r/taps*j.l.plane+j.taps[r%taps]+at:], p.Stride[1]*j.l.row, tmp.buf[r*size:], t.cols, t.rows, t.cols)
		}
	}
	if padded != nil {
		for c := range channels {
			unpadChannel(&j.l, p, dx[c*in:(c+1)*in], sum[c*j.l.plane:(c+1)*j.l.plane])
		}
		padded.free()
	}
	tmp.free()
	pb.free()
	off.free()
}
