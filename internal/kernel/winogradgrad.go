package kernel

import "tweedie/internal/par"

// The weights' gradient is the adjoint of minimal filtering,
//
//	dw[k,c] = G^T [ sum over tiles of (A dy_k A^T) * (B^T x_c B) ] G,
//
// n^2 matrix products over tiles. Blocks of tiles are taken in groups: the points of a
// group's x and dy are stored as [n^2, channels, tiles], multiplied, and added to those
// of the groups before.

// gradPoints is how many elements of points a group has.
const gradPoints = 1 << 18

// winoGradJob is one weights' gradient.
type winoGradJob[T Float] struct {
	p          ConvArgs
	f          *filtering
	tile       geometry
	grid       tileGrid
	stage      winoStage
	dw, x, dy  []T
	v, d, u    []T
	room       int // lanes of a block
	b0, b1     int // the group's blocks
	vp, dp, up int // planes of v, d and u
}

var winoGradJobs freeList

// winogradGrad computes dw.
func winogradGrad[T Float](m int, p ConvArgs, dw, x, dy []T) {
	j := take[T, winoGradJob[T]](&winoGradJobs)
	f := filterings[m]
	*j = winoGradJob[T]{p: p, f: f, tile: tileOf[T](), grid: newTileGrid(&p, f, 64), dw: dw, x: x, dy: dy}
	j.room = roundUp(j.grid.rows*j.grid.cols, laneOf[T]())
	group := min(j.grid.count, max(1, gradPoints/(f.points()*(p.C+p.K)*j.room)))
	j.vp, j.dp, j.up = p.C*group*j.room+planeGap, p.K*group*j.room+planeGap, p.K*p.C+planeGap
	v, d, u := borrow[T](f.points()*j.vp), borrow[T](f.points()*j.dp), borrow[T](f.points()*j.up)
	j.v, j.d, j.u = v.buf, d.buf, u.buf
	for ; j.b0 < j.grid.count; j.b0 = j.b1 {
		j.b1 = min(j.b0+group, j.grid.count)
		j.stage = winoPoints
		par.Do((j.b1-j.b0)*(blocksOf(p.C, channelsAtOnce)+blocksOf(p.K, channelsAtOnce)), j)
		j.stage = winoProducts
		par.Do(f.points(), j)
	}
	j.stage = winoWeights
	par.Do(p.K, j)
	u.free()
	d.free()
	v.free()
	give[T](&winoGradJobs, j)
}

func (j *winoGradJob[T]) Block(i int) {
	switch j.stage {
	case winoPoints:
		nx, ny := blocksOf(j.p.C, channelsAtOnce), blocksOf(j.p.K, channelsAtOnce)
		b, part := i/(nx+ny), i%(nx+ny)
		if part < nx {
			c := part * channelsAtOnce
			j.inputs(b, c, min(c+channelsAtOnce, j.p.C))
		} else {
			k := (part - nx) * channelsAtOnce
			j.deltas(b, k, min(k+channelsAtOnce, j.p.K))
		}
	case winoProducts:
		j.product(i)
	case winoWeights:
		j.fold(i)
	}
}

// lanes is how many tiles of the group are stored a channel.
func (j *winoGradJob[T]) lanes() int { return (j.b1 - j.b0) * j.room }

// inputs computes the points of x in block b of the group for channels [c0,c1).
func (j *winoGradJob[T]) inputs(b, c0, c1 int) {
	t := j.grid.block(j.b0 + b)
	off, tmp := borrowOffsets(j.room), borrow[T](j.f.between()*laneOf[T]())
	t.offsets(off.at, laneOf[T](), true)
	in := borrow[T](t.inSize())
	clear(in.buf)
	for c := c0; c < c1; c++ {
		bordered(&t, &j.p, in.buf, j.x, c)
		runInput(j.f, t.q, j.v[c*j.lanes()+b*j.room:], j.vp, in.buf, t.pitchIn(), off.at, j.room, tmp.buf)
	}
	in.free()
	tmp.free()
	off.free()
}

// deltas computes the points of dy; those of lanes without a tile are zero.
func (j *winoGradJob[T]) deltas(b, k0, k1 int) {
	t := j.grid.block(j.b0 + b)
	off, tmp := borrowOffsets(j.room), borrow[T](j.f.points()*laneOf[T]())
	t.offsets(off.at, laneOf[T](), false)
	in := borrow[T](t.outSize())
	clear(in.buf)
	for k := k0; k < k1; k++ {
		whole(&t, &j.p, in.buf, j.dy, k)
		runDelta(j.f, t.q, j.d[k*j.lanes()+b*j.room:], j.dp, in.buf, t.pitchOut(), off.at, j.room, tmp.buf)
	}
	in.free()
	tmp.free()
	off.free()
}

// product adds the group's tiles to one point of all K C filters.
func (j *winoGradJob[T]) product(q int) {
	p, g, lanes := &j.p, j.tile, j.lanes()
	v, d, u := j.v[q*j.vp:], j.d[q*j.dp:], j.u[q*j.up:]
	kc := part(lanes)
	pb := borrow[T](g.width * kc)
	off := borrowOffsets(g.width)
	for t0 := 0; t0 < lanes; t0 += kc {
		n := min(kc, lanes-t0)
		a := rowsOf(d[t0:], lanes, 1, g)
		for c := 0; c < p.C; c += g.width {
			w := min(g.width, p.C-c)
			b := packBT(pb.buf, v[c*lanes+t0:], w, n, lanes, g, off.at)
			multiply(g, p.K, w, n, a, b, u[c:], p.C, j.b0 > 0 || t0 > 0)
		}
	}
	off.free()
	pb.free()
}

// fold turns the points of output channel k into taps, dw[k].
func (j *winoGradJob[T]) fold(k int) {
	c := j.p.C
	buf, tmp := borrow[T](9*c), borrow[T](j.f.points()*laneOf[T]())
	runTaps(j.f, buf.buf, c, j.u[k*c:], j.up, c, tmp.buf)
	off := borrowOffsets(8)
	dw := j.dw[k*c*9 : (k+1)*c*9]
	gatherCols(dw, 9, buf.buf, offsets(off.at, 8, c), c)
	for i, x := range buf.buf[8*c:] {
		dw[9*i+8] = x
	}
	off.free()
	tmp.free()
	buf.free()
}
