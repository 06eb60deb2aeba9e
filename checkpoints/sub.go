package checkpoints

import (
	"strings"
)

// Sub returns the tensors and values whose names begin with prefix, under the rest of their names and in the same
// order. The data stay in f, which must stay open while they are read; closing the result does nothing.
func (f *File) Sub(prefix string) *File {
	sub := &File{Format: f.Format, Meta: f.Meta, set: f.set.Sub(prefix)}
	for _, v := range f.Values {
		if rest, ok := strings.CutPrefix(v.Name, prefix); ok {
			sub.Values = append(sub.Values, Value{Name: rest, V: v.V})
		}
	}
	return sub
}

// parallelPrefix is what torch's DataParallel puts before the name of every parameter.
const parallelPrefix = "module."

// StripModule returns f without the "module." that torch's DataParallel puts before the name of every tensor, and true.
// When a name does not begin so, or there are no tensors, it returns f itself and false.
func (f *File) StripModule() (*File, bool) {
	for _, t := range f.set.All() {
		if !strings.HasPrefix(t.Name, parallelPrefix) {
			return f, false
		}
	}
	if len(f.set.All()) == 0 {
		return f, false
	}
	return f.Sub(parallelPrefix), true
}
