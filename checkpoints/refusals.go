package checkpoints

import (
	"maps"
	"slices"
	"strings"
)

// refusals are what a file holds and cannot be read as a tensor, by name, and why.
type refusals map[string]string

// anObject begins what is said of an object that may be no tensor at all.
const anObject = "an object of "

// add notes one.
func (r *refusals) add(name, why string) {
	if *r == nil {
		*r = refusals{}
	}
	(*r)[name] = why
}

// renamed are those of names that get another name.
func (r refusals) renamed(rename func(name string) (string, bool)) (out refusals) {
	for name, why := range r {
		if to, ok := rename(name); ok {
			out.add(to, why)
		}
	}
	return out
}

// Empty returns a file of f's format without tensors, which knows what cannot be read in f, for tensors under other names.
func (f *File) Empty() *File { return &File{Format: f.Format, refused: maps.Clone(f.refused)} }

// Unread returns the names of tensors that are in the file and cannot be read, in alphabetical order: Tensor says of each
// why.
func (f *File) Unread() []string {
	names := slices.Sorted(maps.Keys(f.refused))
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(f.refused[n], anObject) })
}
