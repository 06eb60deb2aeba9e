package autodiff

// leading returns s without its last two axes.
func leading(s Shape) Shape {
	s.rank -= 2
	s.dims[s.rank], s.dims[s.rank+1] = 0, 0
	return s
}

// matrixShape returns [m, n].
func matrixShape(m, n int) Shape { return Shape{rank: 2, dims: [MaxRank]int{m, n}} }

// batchWalk enumerates the matrices of two inputs with broadcast leading axes: outer runs of inner matrices, in
// which each input steps by stride (0 or 1) matrices.
type batchWalk struct {
	outer, inner int
	stride       [2]int
	dims         Shape
	steps        [2][MaxRank]int
}

func walkBatch(c *Call) batchWalk {
	w := batchWalk{outer: 1, inner: 1, dims: leading(c.Out.n.shape)}
	for i := range 2 {
		broadcastStrides(leading(c.In[i].n.shape), w.dims, &w.steps[i])
	}
	k := w.dims.rank
	for ; k > 0; k-- {
		n := w.dims.dims[k-1]
		if n != 1 && w.inner != 1 && !(w.regular(0, k-1) && w.regular(1, k-1)) {
			break
		}
		if n != 1 && w.inner == 1 {
			w.stride = [2]int{w.steps[0][k-1], w.steps[1][k-1]}
		}
		w.inner *= n
	}
	w.dims.rank = k
	for _, n := range w.dims.dims[:k] {
		w.outer *= n
	}
	return w
}

// regular reports whether input i steps along axis k as it does within a run.
func (w *batchWalk) regular(i, k int) bool { return w.steps[i][k] == w.stride[i]*w.inner }

// item returns the index of the first matrix of run r in each input.
func (w *batchWalk) item(r int) (a, b int) {
	for k := w.dims.rank - 1; k >= 0; k-- {
		n := w.dims.dims[k]
		a += r % n * w.steps[0][k]
		b += r % n * w.steps[1][k]
		r /= n
	}
	return a, b
}
