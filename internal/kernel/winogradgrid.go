package kernel

// tileGrid cuts the outputs of a batch into tiles of m x m and these into blocks: a run
// of whole rows of tiles, of one sample after another, or a piece of one row.
type tileGrid struct {
	m, s, q       int // size of a tile, its inputs' distance from the next one's, and how many neighbours are read at once
	high, wide    int // rows and columns of tiles of a sample, columns a multiple of q
	total         int // rows of tiles of all samples
	rows, cols    int // of a block
	pieces, count int // blocks beside one another, and in all
}

// newTileGrid cuts the outputs of p into blocks of at most most tiles.
func newTileGrid(p *ConvArgs, f *filtering, most int) (g tileGrid) {
	g.m, g.s, g.q = f.m, f.step, neighbours(p, f.m)
	unit := g.q * f.run
	g.high, g.wide = blocksOf(p.Out[1], g.m), roundUp(blocksOf(p.Out[2], g.m), unit)
	g.total = p.N * g.high
	g.pieces = blocksOf(g.wide, most)
	g.cols = roundUp(blocksOf(g.wide, g.pieces), unit)
	g.pieces = blocksOf(g.wide, g.cols)
	g.rows = max(1, min(most/g.cols, g.total))
	g.count = blocksOf(g.total, g.rows) * g.pieces
	return g
}

// neighbours is how many tiles of a row are best read at once: 4, 2 or 1, the most that
// adds at most one tile in seven to a row.
func neighbours(p *ConvArgs, m int) int {
	wide := blocksOf(p.Out[2], m)
	for q := 4; q > 1 && m == 4; q /= 2 {
		if 7*roundUp(wide, q) <= 8*wide {
			return q
		}
	}
	return 1
}

// tileBlock is rows [g0,g1) of tiles, counted through the batch, and cols columns from col.
type tileBlock struct {
	m, s, q, high, g0, g1, col, cols, count int
}

func (g *tileGrid) block(i int) tileBlock {
	t := tileBlock{m: g.m, s: g.s, q: g.q, high: g.high, g0: i / g.pieces * g.rows, col: i % g.pieces * g.cols}
	t.g1, t.cols = min(t.g0+g.rows, g.total), min(g.cols, g.wide-t.col)
	t.count = (t.g1 - t.g0) * t.cols
	return t
}

// segment returns the sample of row g, its row there, and how many rows of the block
// follow within the sample.
func (t *tileBlock) segment(g int) (n, ty, rows int) {
	n, ty = g/t.high, g%t.high
	return n, ty, min(t.high-ty, t.g1-g)
}

// pitchIn and pitchOut are the widths of a block's bordered inputs and of its outputs.
func (t *tileBlock) pitchIn() int  { return t.cols*t.s + 2 }
func (t *tileBlock) pitchOut() int { return t.cols * t.m }

// inSize is the room of a channel's bordered inputs.
func (t *tileBlock) inSize() int {
	n := 64
	for g := t.g0; g < t.g1; {
		_, _, rows := t.segment(g)
		n += (rows*t.s + 2) * t.pitchIn()
		g += rows
	}
	return n
}

// outSize is the room of a channel's outputs and of one tile more, for lanes without one.
func (t *tileBlock) outSize() int { return ((t.g1-t.g0+1)*t.m)*t.pitchOut() + 64 }

// offsets fills off with the place of every tile among the bordered inputs or the outputs,
// in the order of the transforms' lanes; lanes without a tile read the last ones and write
// after all.
func (t *tileBlock) offsets(off []int, lanes int, in bool) {
	i, at := 0, 0
	for g := t.g0; g < t.g1; {
		_, _, rows := t.segment(g)
		pitch, step, border := t.pitchOut(), t.m, 0
		if in {
			pitch, step, border = t.pitchIn(), t.s, 2
		}
		for r := range rows {
			for c := range t.cols {
				off[inLane(i, lanes, t.q)] = at + r*step*pitch + c*step
				i++
			}
		}
		at += (rows*step + border) * pitch
		g += rows
	}
	spare := at
	if in {
		spare = off[inLane(i-1, lanes, t.q)]
	}
	for ; i < len(off); i++ {
		off[inLane(i, lanes, t.q)] = spare
	}
}

// inLane is the lane of tile i: of every vector, quarter L of lanes has its i-th tiles from
// the L-th run of q neighbours on, so that a load of q tiles fills the same lane of q quarters.
func inLane(i, lanes, q int) int {
	if q = min(q, lanes/4); q < 2 {
		return i
	}
	v, i := i/lanes*lanes, i%lanes
	return v + i/(4*q)*4*q + i%q*4 + i%(4*q)/q
}
