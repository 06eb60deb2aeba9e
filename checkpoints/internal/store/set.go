package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tweedie/internal/config"
	"tweedie/internal/npy"
)

// MaxTensors limits the tensors of a file.
const MaxTensors = npy.MaxEntries

// Set is an ordered set of tensors with names of their own, and knows which others cannot be read. The zero Set is empty.
type Set struct {
	Refused Refusals

	list  []*Tensor
	index map[string]int
}

// Add appends tensors, which it keeps and does not copy. It returns an error, and adds nothing, when a name is taken,
// reserved or not valid UTF-8, an element type is missing, a shape does not match the amount of data or has more than
// 32 axes, or the set would hold too many tensors.
func (s *Set) Add(ts ...*Tensor) error {
	if n := len(s.list) + len(ts); n > MaxTensors {
		return fmt.Errorf("checkpoints: %d tensors; a file may have at most %d", n, MaxTensors)
	}
	fresh := make(map[string]bool, len(ts))
	for _, t := range ts {
		if err := Check(t); err != nil {
			return err
		}
		if s.Find(t.Name) != nil || fresh[t.Name] {
			return fmt.Errorf("checkpoints: tensor %q appears twice", t.Name)
		}
		fresh[t.Name] = true
	}
	if s.index == nil {
		s.index = make(map[string]int, len(ts))
	}
	for _, t := range ts {
		s.index[t.Name] = len(s.list)
		s.list = append(s.list, t)
	}
	return nil
}

// All returns the tensors in order. The list is the set's own.
func (s *Set) All() []*Tensor { return s.list }

// Names returns the names in order.
func (s *Set) Names() []string {
	names := make([]string, len(s.list))
	for i, t := range s.list {
		names[i] = t.Name
	}
	return names
}

// Find returns the tensor that was added under that name, nil when there is none.
func (s *Set) Find(name string) *Tensor {
	if i, ok := s.index[name]; ok {
		return s.list[i]
	}
	return nil
}

// Tensor returns the tensor of that name. When there is none, the error says why it cannot be read, or names the most
// similar name, if one is similar.
func (s *Set) Tensor(name string) (*Tensor, error) {
	if t := s.Find(name); t != nil {
		return t, nil
	}
	if why, ok := s.Refused[name]; ok {
		return nil, fmt.Errorf("checkpoints: %q cannot be read: it is %s", name, why)
	}
	if near := config.NearestWithin(name, s.Names(), len(name)/2); near != "" {
		return nil, fmt.Errorf("checkpoints: no tensor %q; the nearest name is %q", name, near)
	}
	return nil, fmt.Errorf("checkpoints: no tensor %q", name)
}

// Sub returns the tensors whose names begin with prefix, and what is refused of these, under the rest of their names.
func (s *Set) Sub(prefix string) Set {
	sub := Set{index: map[string]int{}}
	for _, t := range s.list {
		if rest, ok := strings.CutPrefix(t.Name, prefix); ok {
			part := *t
			part.Name = rest
			sub.index[rest] = len(sub.list)
			sub.list = append(sub.list, &part)
		}
	}
	sub.Refused = s.Refused.renamed(func(name string) (string, bool) { return strings.CutPrefix(name, prefix) })
	return sub
}

// Rename gives every tensor, and what is refused, another name, and reports whether it did. It does nothing when no tensor's
// name would change, or two would have one.
func (s *Set) Rename(rename func(name string) string) bool {
	index := make(map[string]int, len(s.list))
	changed := false
	for i, t := range s.list {
		name := rename(t.Name)
		changed = changed || name != t.Name
		index[name] = i
	}
	if !changed || len(index) < len(s.list) {
		return false
	}
	for name, i := range index {
		s.list[i].Name = name
	}
	s.index = index
	s.Refused = s.Refused.renamed(func(name string) (string, bool) { return rename(name), true })
	return true
}

// Unread returns the names of tensors that cannot be read, in alphabetical order.
func (s *Set) Unread() []string {
	names := slices.Sorted(maps.Keys(s.Refused))
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(s.Refused[n], AnObject) })
}
