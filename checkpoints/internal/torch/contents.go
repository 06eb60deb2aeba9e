package torch

import (
	"fmt"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
	"tweedie/checkpoints/internal/tree"
)

// Contents lists the tensors of an object, and refuses those that would take much more than the file.
func (tr *Reader) Contents(format string, object any) (*store.Contents, error) {
	w, err := tree.Flatten(object)
	if err != nil {
		return nil, err
	}
	if len(w.Tensors) == 0 {
		return nil, fmt.Errorf("the object, %s, holds no tensors%s", pickle.Kind(object), example(w))
	}
	if err := tr.proportion(w.Tensors); err != nil {
		return nil, err
	}
	c := &store.Contents{Format: format, Values: w.Values}
	c.Refused = w.Refused
	return c, c.Add(w.Tensors...)
}

// example says of one tensor why it cannot be read.
func example(w *tree.Tree) string {
	for _, v := range w.Values {
		if why, ok := w.Refused[v.Name]; ok {
			return fmt.Sprintf(" that can be read: %.80q is %s", v.Name, why)
		}
	}
	return ""
}

// proportion bounds what reading every tensor takes. Storages: those that lie in the file as they are not more than the
// file, deflated ones not more than store.MaxExpand times. Tensors: on average each part of a storage occurs in up to 4.
func (tr *Reader) proportion(ts []*store.Tensor) error {
	var plain, deflated, work int64
	for _, s := range tr.storages {
		n := &plain
		if s.rec.R == nil {
			n = &deflated
		}
		*n += s.rec.N
		if limit := store.Expanded(tr.size); plain > tr.size || deflated < 0 || deflated > limit {
			return fmt.Errorf("the storages claim more than %d bytes of the file's %d, or inflate to more than %d", plain, tr.size, limit)
		}
	}
	limit := 4*(plain+deflated) + store.FreeExpand
	for _, t := range ts {
		cost := store.Bytes(t)
		if v, ok := store.SourceOf(t).(*view); ok {
			cost = max(cost, (v.hi-v.lo)*int64(t.DType.Size()))
			if v.rec.R == nil {
				cost = max(cost, v.rec.N)
			}
		}
		if work += cost; work < 0 || work > limit {
			return fmt.Errorf("up to %q the tensors take %d bytes of storages of %d: too many share them", t.Name, work, plain+deflated)
		}
	}
	return nil
}
