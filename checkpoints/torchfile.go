package checkpoints

import (
	"fmt"

	"tweedie/checkpoints/internal/pickle"
)

// file lists the tensors of an object, and refuses those that would take much more than the file.
func (tr *torchReader) file(format string, object any) (*File, error) {
	w, err := flatten(object)
	if err != nil {
		return nil, err
	}
	if len(w.tensors) == 0 {
		return nil, fmt.Errorf("the object, %s, holds no tensors%s", pickle.Kind(object), w.example())
	}
	if err := tr.proportion(w.tensors); err != nil {
		return nil, err
	}
	f := &File{Format: format, Values: w.values, refused: w.refused}
	return f, f.Add(w.tensors...)
}

// example says of one tensor why it cannot be read.
func (w *tree) example() string {
	for _, v := range w.values {
		if why, ok := w.refused[v.Name]; ok {
			return fmt.Sprintf(" that can be read: %.80q is %s", v.Name, why)
		}
	}
	return ""
}

// proportion bounds what reading every tensor takes. Storages: those that lie in the file as they are not more than the
// file, deflated ones not more than maxExpand times. Tensors: on average each part of a storage occurs in up to 4.
func (tr *torchReader) proportion(ts []*Tensor) error {
	var plain, deflated, work int64
	for _, s := range tr.storages {
		n := &plain
		if s.rec.r == nil {
			n = &deflated
		}
		*n += s.rec.n
		if limit := max(freeExpand, maxExpand*min(tr.size, 1<<50)); plain > tr.size || deflated < 0 || deflated > limit {
			return fmt.Errorf("the storages claim more than %d bytes of the file's %d, or inflate to more than %d", plain, tr.size, limit)
		}
	}
	limit := 4*(plain+deflated) + freeExpand
	for _, t := range ts {
		cost := t.bytes
		if v, ok := t.src.(*view); ok {
			cost = max(cost, (v.hi-v.lo)*int64(t.DType.Size()))
			if v.rec.r == nil {
				cost = max(cost, v.rec.n)
			}
		}
		if work += cost; work < 0 || work > limit {
			return fmt.Errorf("up to %q the tensors take %d bytes of storages of %d: too many share them", t.Name, work, plain+deflated)
		}
	}
	return nil
}
