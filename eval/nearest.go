package eval

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// Nearest finds, for each of some queries, the nearest image, by the L2 distance, of a set that is shown to it block by
// block. It needs memory for the queries and one block. Distances to a block are compared as
//
//	|q - x|^2 = |q|^2 - 2 q.x + |x|^2
//
// by one matrix product, in float64. The distance to the nearest is then computed anew from the difference, so that a
// copy is at distance 0. When a sampler's images are all nearer to the training images than test images are, they were
// memorised.
type Nearest struct {
	d         int
	queries   []float64 // [Q,D]
	best      []float64 // squared distance to the nearest so far
	at        []int     // which it is, -1 before any
	seen      int
	block, xy []float64
}

// NewNearest returns a search for the images nearest to queries, which are all of one length.
func NewNearest(queries [][]float64) *Nearest {
	mustHave("Nearest", "queries", len(queries), 1)
	n := &Nearest{d: len(queries[0])}
	mustBeSamples("Nearest", queries, 1, n.d)
	for _, q := range queries {
		n.queries = append(n.queries, q...)
		n.best, n.at = append(n.best, math.Inf(1)), append(n.at, -1)
	}
	return n
}

// Add searches a block of images for nearer ones to the queries. Of images at equal distance it keeps the one shown
// first. It panics with a *autodiff.ShapeError when the block is empty or an image has another length than the queries.
func (n *Nearest) Add(block [][]float64) {
	mustHave("Nearest", "images", len(block), 1)
	mustBeSamples("Nearest", block, 1, n.d)
	q, b := len(n.best), len(block)
	n.block, n.xy = n.block[:0], append(n.xy[:0], make([]float64, q*b)...)
	norm := make([]float64, b)
	for j, x := range block {
		n.block = append(n.block, x...)
		norm[j] = floats.Dot(x, x)
	}
	blas64.Gemm(blas.NoTrans, blas.Trans, -2, blas64.General{Rows: q, Cols: n.d, Stride: n.d, Data: n.queries},
		blas64.General{Rows: b, Cols: n.d, Stride: n.d, Data: n.block}, 0, blas64.General{Rows: q, Cols: b, Stride: b, Data: n.xy})
	for i := range n.best {
		row := n.xy[i*b : (i+1)*b]
		floats.Add(row, norm)
		j := floats.MinIdx(row)
		query := n.queries[i*n.d : (i+1)*n.d]
		if d := floats.Distance(query, block[j], 2); d*d < n.best[i] {
			n.best[i], n.at[i] = d*d, n.seen+j
		}
	}
	n.seen += b
}

// Distances returns the L2 distance of every query to its nearest image, +Inf before any image was shown.
func (n *Nearest) Distances() []float64 {
	d := make([]float64, len(n.best))
	for i, v := range n.best {
		d[i] = math.Sqrt(v)
	}
	return d
}

// Index returns the number of every query's nearest image, counted from 0 in the order in which images were shown; -1
// before any was.
func (n *Nearest) Index() []int { return append([]int(nil), n.at...) }
