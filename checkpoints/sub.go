package checkpoints

import (
	"fmt"
	"strings"
)

// Sub returns the tensors and values whose names begin with prefix, under the rest of their names and in the same
// order. The data stay in f, which must stay open while they are read; closing the result does nothing.
func (f *File) Sub(prefix string) *File {
	sub := &File{Format: f.Format, Meta: f.Meta, index: map[string]int{}}
	for _, t := range f.tensors {
		if rest, ok := strings.CutPrefix(t.Name, prefix); ok {
			part := *t
			part.Name = rest
			sub.index[rest] = len(sub.tensors)
			sub.tensors = append(sub.tensors, &part)
		}
	}
	for _, v := range f.Values {
		if rest, ok := strings.CutPrefix(v.Name, prefix); ok {
			sub.Values = append(sub.Values, Value{rest, v.V})
		}
	}
	sub.refused = f.refused.renamed(func(name string) (string, bool) { return strings.CutPrefix(name, prefix) })
	return sub
}

// parallelPrefix is what torch's DataParallel puts before the name of every parameter.
const parallelPrefix = "module."

// StripModule returns f without the "module." that torch's DataParallel puts before the name of every tensor, and true.
// When a name does not begin so, or there are no tensors, it returns f itself and false.
func (f *File) StripModule() (*File, bool) {
	for _, t := range f.tensors {
		if !strings.HasPrefix(t.Name, parallelPrefix) {
			return f, false
		}
	}
	if len(f.tensors) == 0 {
		return f, false
	}
	return f.Sub(parallelPrefix), true
}

// Verify reads all data once and keeps none. The error is the first of a checksum that is wrong or of data that cannot
// be read; Open looks at the header only.
func (f *File) Verify() error {
	for _, t := range f.tensors {
		if v, ok := t.src.(*view); ok {
			if err := v.rec.verify(); err != nil {
				return fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
			}
			continue
		}
		if err := t.each(func(int, int, []byte, int, int) {}); err != nil {
			return err
		}
	}
	return nil
}
