package train

import (
	"encoding"
	"fmt"

	"tweedie/autodiff"
)

// undo remembers what a step may change before its update: the data cursor, and the parameters that are not learned,
// such as running statistics.
type undo struct {
	cursor   Cursor
	position []byte
	buffers  []*autodiff.Param
	copies   [][]float32
	versions []uint64
}

// newUndo returns an undo of the parameters among params that are not learned, and of cursor, which may be nil.
func newUndo(params []*autodiff.Param, cursor Cursor) *undo {
	u := &undo{cursor: cursor}
	for _, p := range params {
		if !p.Trainable() {
			u.buffers = append(u.buffers, p)
			u.copies = append(u.copies, append([]float32(nil), p.Data()...))
			u.versions = append(u.versions, p.Version())
		}
	}
	return u
}

// mark remembers the present state.
func (u *undo) mark() (err error) {
	switch c := u.cursor.(type) {
	case nil:
	case encoding.BinaryAppender:
		u.position, err = c.AppendBinary(u.position[:0])
	default:
		u.position, err = c.MarshalBinary()
	}
	if err != nil {
		return fmt.Errorf("train: data cursor: %w", err)
	}
	for i, p := range u.buffers {
		if p.Version() != u.versions[i] {
			copy(u.copies[i], p.Data())
			u.versions[i] = p.Version()
		}
	}
	return nil
}

// back restores what mark remembered.
func (u *undo) back() error {
	for i, p := range u.buffers {
		if p.Version() != u.versions[i] {
			copy(p.Data(), u.copies[i])
			p.Touch()
			u.versions[i] = p.Version()
		}
	}
	if u.cursor == nil {
		return nil
	}
	if err := u.cursor.UnmarshalBinary(u.position); err != nil {
		return fmt.Errorf("train: data cursor: %w", err)
	}
	return nil
}
