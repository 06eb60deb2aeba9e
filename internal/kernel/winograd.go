package kernel

import "tweedie/internal/par"

// A 3x3 convolution of stride 1 by minimal filtering, F(m x m, 3x3) with m = 4 or 2
// (Winograd 1980; Lavin and Gray, arXiv:1509.09308). Outputs are cut into tiles of m x m,
// each the function of n x n inputs, n = m + 2, and
//
//	y = A^T [ sum over c of (G w_c G^T) * (B^T x_c B) ] A,      * element by element,
//
// so that the sum over channels is n^2 matrix products, of (n/m)^2/9 the multiplications
// of the definition: 1/4 for m = 4 and 4/9 for m = 2:
//
//	x  -> a bordered copy of each channel -> V [n^2, panels, C, width]     tiles in lanes
//	w  -> U [n^2, K, C]
//	U V -> M [n^2, K, tiles] -> whole tiles of y -> y + bias
//
// Work is cut by tiles where there are many blocks of them: each makes its own V and M from
// a U that all share. Where there are few it is cut by output channels: each block makes its
// own U and M, for all tiles, from a V that all share. U, (n/3)^2 times w, is computed on
// every call: reading it from memory would take as long.
// A tile's arithmetic does not depend on the block, the lane or the batch it is in.

const (
	planeGap    = 80      // keeps the n^2 planes of an array off the same cache sets
	weightsKept = 1 << 21 // elements of a shared U computed at once
	cached      = 1 << 18 // elements that stay in a processor's cache
	fewBlocks   = 4       // fewer blocks of tiles are too few to be shared out
	ownRows     = 24      // output channels a block makes U for
	rowsAtOnce  = 36      // output channels whose products a block holds
)

type winoStage uint8

const (
	winoWeights winoStage = iota
	winoPoints
	winoChannels
	winoTiles
	winoProducts
)

// winoJob is one convolution y [N,K,out] of x [N,C,in].
type winoJob[T Float] struct {
	p       ConvArgs
	f       *filtering
	tile    geometry
	grid    tileGrid
	stage   winoStage
	adjoint bool // w is [C,K,3,3], to be turned by half a turn
	y, x, w []T
	e       Epilogue[T]
	u       []T // of output channels [k0,k1)
	k0, k1  int
	v       []T // of all blocks
}

var winoJobs freeList

// winograd computes y by filterings[m]; with adjoint weights it is an input gradient written as a convolution.
func winograd[T Float](m int, p ConvArgs, y, x, w []T, adjoint bool, e Epilogue[T]) {
	j := take[T, winoJob[T]](&winoJobs)
	f, tile := filterings[m], tileOf[T]()
	*j = winoJob[T]{p: p, f: f, tile: tile, grid: newTileGrid(&p, f, tilesFor(f.points(), p.C)), adjoint: adjoint, y: y, x: x, w: w, e: e}
	if j.grid.count < fewBlocks {
		v := borrow[T](j.grid.count * j.pointsSize())
		j.v = v.buf
		j.stage = winoPoints
		par.Do(j.grid.count*blocksOf(p.C, channelsAtOnce), j)
		j.stage = winoChannels
		par.Do(blocksOf(p.K, ownRows), j)
		v.free()
	} else {
		chunk := max(tile.rows, weightsKept/(f.points()*p.C))
		chunk = min(p.K, roundUp(blocksOf(p.K, blocksOf(p.K, chunk)), tile.rows))
		u := borrow[T](f.points() * j.weightsPlane(chunk))
		j.u = u.buf
		for ; j.k0 < p.K; j.k0 = j.k1 {
			j.k1 = min(j.k0+chunk, p.K)
			j.stage = winoWeights
			par.Do(blocksOf(j.k1-j.k0, tile.rows), j)
			j.stage = winoTiles
			par.Do(j.grid.count, j)
		}
		u.free()
	}
	give[T](&winoJobs, j)
}

// tilesFor is how many tiles a block has, so that its points stay in the cache.
func tilesFor(points, channels int) int {
	if points*channels*64 <= 1<<18 {
		return 64
	}
	return 32
}

// channelsAtOnce is how many channels' points are computed by one block of winoPoints.
const channelsAtOnce = 32

func (j *winoJob[T]) Block(i int) {
	switch j.stage {
	case winoWeights:
		j.weights(j.u, j.k0, j.k1-j.k0, i*j.tile.rows)
	case winoPoints:
		parts := blocksOf(j.p.C, channelsAtOnce)
		t := j.grid.block(i / parts)
		c := i % parts * channelsAtOnce
		j.points(&t, j.v[i/parts*j.pointsSize():], c, min(c+channelsAtOnce, j.p.C))
	case winoChannels:
		j.channels(i*ownRows, min(ownRows, j.p.K-i*ownRows))
	case winoTiles:
		t := j.grid.block(i)
		v := borrow[T](j.pointsSize())
		j.points(&t, v.buf, 0, j.p.C)
		j.products(&t, v.buf, j.u, j.k0, j.k1-j.k0)
		v.free()
	}
}

// channels computes count output channels from k on.
func (j *winoJob[T]) channels(k, count int) {
	u := borrow[T](j.f.points() * j.weightsPlane(count))
	for at := 0; at < count; at += j.tile.rows {
		j.weights(u.buf, k, count, at)
	}
	for i := range j.grid.count {
		t := j.grid.block(i)
		j.products(&t, j.v[i*j.pointsSize():], u.buf, k, count)
	}
	u.free()
}

// lanes is a block's tiles, rounded up to whole vectors.
func (j *winoJob[T]) lanes(t *tileBlock) int { return roundUp(t.count, laneOf[T]()) }

// pointsPlane is the distance between planes of V, and pointsSize all of a block's V.
func (j *winoJob[T]) pointsPlane() int {
	return blocksOf(j.grid.rows*j.grid.cols, j.tile.width)*j.tile.width*j.p.C + planeGap
}
func (j *winoJob[T]) pointsSize() int { return j.f.points() * j.pointsPlane() }

// points computes V of a block for channels [c0,c1).
func (j *winoJob[T]) points(t *tileBlock, v []T, c0, c1 int) {
	p, f, width, lanes := &j.p, j.f, j.tile.width, j.lanes(t)
	off, tmp := borrowOffsets(lanes), borrow[T](f.between()*laneOf[T]())
	t.offsets(off.at, laneOf[T](), true)
	size := t.inSize()
	in := borrow[T](2 * size)
	clear(in.buf)
	bordered(t, p, in.buf[c0&1*size:], j.x, c0)
	for c := c0; c < c1; c++ {
		if c+1 < c1 { // one ahead: the transform reads what was stored a while ago
			bordered(t, p, in.buf[(c+1)&1*size:], j.x, c+1)
		}
		for q := 0; q < lanes; q += width {
			runInput(f, t.q, v[q*p.C+c*width:], j.pointsPlane(), in.buf[c&1*size:], t.pitchIn(), off.at[q:], min(width, lanes-q), tmp.buf)
		}
	}
	in.free()
	tmp.free()
	off.free()
}

// products computes count output channels of a block from ka on, from V and their U.
func (j *winoJob[T]) products(t *tileBlock, v, u []T, ka, count int) {
	p, f, g, width, lanes := &j.p, j.f, j.tile, j.tile.width, j.lanes(t)
	off, tmp := borrowOffsets(lanes), borrow[T](f.points()*laneOf[T]())
	t.offsets(off.at, laneOf[T](), false)
	out := borrow[T](t.outSize())
	rows := min(max(1, rowsAtOnce/g.rows)*g.rows, count)
	plane := rows*lanes + planeGap
	m := borrow[T](f.points() * plane)
	kc := part(p.C)
	far := f.points()*count*p.C > cached
	for k0 := 0; k0 < count; k0 += rows {
		n := min(rows, count-k0)
		for q := range f.points() {
			for c0 := 0; c0 < p.C; c0 += kc {
				k := min(kc, p.C-c0)
				a := packedA(u[q*j.weightsPlane(count)+g.sizeA(count, c0)+g.sizeA(k0, k):], k, g)
				a.far = far
				b := view[T]{x: v[q*j.pointsPlane()+c0*width:], si: 1, sk: width, panel: width * p.C}
				multiply(g, n, lanes, k, a, b, m.buf[q*plane:], lanes, c0 > 0)
			}
		}
		for k := range n {
			runOutput(f, t.q, out.buf, t.pitchOut(), off.at, m.buf[k*lanes:], plane, lanes, tmp.buf)
			j.finish(out.buf, t, ka+k0+k)
		}
	}
	m.free()
	out.free()
	tmp.free()
	off.free()
}

// finish writes channel k of the block to y, with what the epilogue adds.
func (j *winoJob[T]) finish(src []T, t *tileBlock, k int) {
	w := j.p.Out[2]
	for r := range t.rectangles(&j.p, k) {
		copyRect(j.y[r.y:], w, src[r.at:], t.pitchOut(), r.rows, r.cols, j.e.add(r.n, k, j.p.K))
		if j.e.Residual != nil {
			addRect(j.y[r.y:], w, j.e.Residual[r.y:], w, r.rows, r.cols)
		}
	}
}
