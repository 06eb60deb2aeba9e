package store

import "fmt"

// Permute returns the tensor whose axis i is axis axes[i] of t, under the same name. It reads no elements: they are
// read from t, in the order of the file, whenever the result is read. It returns an error unless axes names every axis
// of t once.
func (t *Tensor) Permute(axes ...int) (*Tensor, error) {
	rank := len(t.Shape)
	out, seen := *t, make([]bool, rank)
	out.Shape = make([]int, rank)
	if len(axes) != rank {
		return nil, fmt.Errorf("checkpoints: tensor %q: axes %v for shape %v", t.Name, axes, t.Shape)
	}
	for i, a := range axes {
		if a < 0 || a >= rank || seen[a] {
			return nil, fmt.Errorf("checkpoints: tensor %q: %v is no order of the axes of shape %v", t.Name, axes, t.Shape)
		}
		seen[a], out.Shape[i] = true, t.Shape[a]
	}
	if t.src == nil {
		return &out, nil
	}
	p := permuted{of: t, stride: make([]int, rank)}
	step := 1
	for i := rank - 1; i >= 0; i-- {
		p.stride[axes[i]] = step
		step *= out.Shape[i]
	}
	out.src = p
	return &out, nil
}

// permuted is a tensor with its axes in another order.
type permuted struct {
	of     *Tensor
	stride []int // of each axis of the tensor in the result
}

// Each moves along the rows of the tensor as far as its source gives them together.
func (p permuted) Each(size int, put Put) error {
	rank := len(p.stride)
	if rank == 0 {
		return Each(p.of, put)
	}
	row, along := p.of.Shape[rank-1], p.stride[rank-1]
	return Each(p.of, func(at, step int, b []byte, gap, n int) {
		for i := 0; i < n; {
			from := at + i*step
			k, stride := 1, along
			if step == 1 {
				k = min(n-i, row-from%row)
			}
			put(p.place(from), stride, b[i*gap:], gap, k)
			i += k
		}
	})
}

// place is where the element at a place of the tensor belongs.
func (p permuted) place(at int) int {
	to := 0
	for i := len(p.stride) - 1; i >= 0; i-- {
		n := p.of.Shape[i]
		to += at % n * p.stride[i]
		at /= n
	}
	return to
}
