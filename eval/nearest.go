package eval

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// Nearest finds, for each of some queries, the nearest image of a set that is shown to it block by block, by the L2
// distance. Its memory is that of the queries and of one block. Distances to a block are compared as
//
//	|q - x|^2 = |q|^2 - 2 q.x + |x|^2
//
// with one matrix product, in float64; that of the nearest is computed anew from the difference, so that a copy is at
// distance 0. A samplers' images that are all nearer to the training images than test images are were memorised.
type Nearest struct {
	d         int
	queries   []float64 // [Q,D]
	best      []float64 // squared distance to the nearest so far
	at        []int     // which it is, -1 before any
	seen      int
	block, xy []float64
}

// NewNearest is for queries of one dimension.
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

// Add shows a block of the set. Of images at equal distance the first stays the nearest.
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

// Distances is the L2 distance of every query to its nearest image, +Inf before any was shown.
func (n *Nearest) Distances() []float64 {
	d := make([]float64, len(n.best))
	for i, v := range n.best {
		d[i] = math.Sqrt(v)
	}
	return d
}

// Index is the number of every query's nearest image, in the order in which they were shown; -1 before any.
func (n *Nearest) Index() []int { return append([]int(nil), n.at...) }
