package kernel

import "tweedie/internal/par"

type triangleJob[T Float] struct {
	dst, x      []T
	rows, m, n  int
	upper       bool
	rowsInBlock int
}

var triangleJobs freeList

// Triangle computes dst[b,i,j] = x[b,i,j] where j >= i (upper) or j <= i, else 0; x and dst [batch,m,n]; dst may be x.
func Triangle[T Float](dst, x []T, batch, m, n int, upper bool) {
	sized("Triangle", "dst", len(dst), batch*m*n)
	sized("Triangle", "x", len(x), batch*m*n)
	if len(dst) == 0 {
		return
	}
	j := take[T, triangleJob[T]](&triangleJobs)
	*j = triangleJob[T]{dst, x, batch * m, m, n, upper, max(1, block/n)}
	par.Do(blocksOf(j.rows, j.rowsInBlock), j)
	give[T](&triangleJobs, j)
}

func (j *triangleJob[T]) Block(b int) {
	for r := b * j.rowsInBlock; r < min((b+1)*j.rowsInBlock, j.rows); r++ {
		d, x := j.dst[r*j.n:(r+1)*j.n], j.x[r*j.n:(r+1)*j.n]
		i := min(r%j.m, j.n)
		if j.upper {
			clear(d[:i])
			copy(d[i:], x[i:])
		} else {
			i = min(i+1, j.n)
			copy(d[:i], x[:i])
			clear(d[i:])
		}
	}
}

type solveJob[T Float] struct {
	x, a, b                        []T
	n, k, strips, strideA, strideB int
	upper, trans                   bool
}

var solveJobs freeList

// SolveTriangular solves op(A[b]) X[b] = B[b]: A [n,n] of which the upper or the lower triangle is read, op the
// transpose when trans; B and X [batch,n,k]. strideA and strideB are elements between batch items, 0 for one
// shared by the batch. x must not overlap a; a zero on the diagonal gives Inf or NaN.
func SolveTriangular[T Float](x, a, b []T, batch, n, k, strideA, strideB int, upper, trans bool) {
	sized("SolveTriangular", "x", len(x), batch*n*k)
	if len(x) == 0 {
		return
	}
	checkSpan("SolveTriangular", "a", len(a), batch, strideA, n*n)
	checkSpan("SolveTriangular", "b", len(b), batch, strideB, n*k)
	j := take[T, solveJob[T]](&solveJobs)
	*j = solveJob[T]{x, a, b, n, k, blocksOf(k, lanes), strideA, strideB, upper, trans}
	par.Do(batch*j.strips, j)
	give[T](&solveJobs, j)
}

func (j *solveJob[T]) Block(u int) {
	n, k := j.n, j.k
	item, s := u/j.strips, u%j.strips
	lo, hi := s*lanes, min((s+1)*lanes, k)
	a, b, x := j.a[item*j.strideA:], j.b[item*j.strideB:], j.x[item*n*k:(item+1)*n*k]
	row, col := n, 1
	if j.trans {
		row, col = 1, n
	}
	for t := range n {
		i, first, last := t, 0, t // op(A) is lower: rows from the top, on those above
		if j.upper != j.trans {
			i, first, last = n-1-t, n-t, n
		}
		d := x[i*k+lo : i*k+hi]
		copy(d, b[i*k+lo:i*k+hi])
		if k == 1 {
			v := d[0]
			for m := first; m < last; m++ {
				v -= a[i*row+m*col] * x[m]
			}
			d[0] = v / a[i*row+i*col]
			continue
		}
		for m := first; m < last; m++ {
			axpy(-a[i*row+m*col], x[m*k+lo:m*k+hi], d)
		}
		p := a[i*row+i*col]
		for q := range d {
			d[q] /= p
		}
	}
}
