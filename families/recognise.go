package families

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/checkpoints"
	"tweedie/internal/input"
)

// Recognise returns the family of a file's tensors and the prefix before their names: "module." of torch's
// DataParallel, "ema." of a training state. Of several networks in one file it takes the one with averaged weights. It
// returns an error when there is not exactly one of those, and when there is no network, which says what the tensors seem
// to be. A prefix that is given is the
// only one looked at.
func Recognise(f *checkpoints.File, prefix string) (family, at string, err error) {
	found, err := Find(f, prefix)
	if found.Family == nil {
		return "", "", err
	}
	return found.Family.Name(), found.Prefix, err
}

// Found is a family whose tensors a file holds, and the prefix before their names.
type Found struct {
	Family Marked
	Prefix string
}

// Find is Recognise that returns the family itself, nil for none.
func Find(f *checkpoints.File, prefix string) (Found, error) {
	for _, g := range all() {
		m, ok := g.(Marked)
		if !ok {
			continue
		}
		if at, ok, err := recognise(m, f, prefix); ok {
			if err == nil && slices.ContainsFunc(f.Sub(at).Names(), ofLoRA.MatchString) {
				err = fmt.Errorf("families: the network of family %s has a LoRA beside it that is not part of it yet; %s", m.Name(), mergeLoRA)
			}
			return Found{m, at}, err
		}
	}
	if prefix != "" {
		return Found{}, fmt.Errorf("families: no tensors of a known network follow the prefix %q", prefix)
	}
	return Found{}, fmt.Errorf("families: %s", unknown(f))
}

// recognise says whether f holds networks of a family.
func recognise(m Marked, f *checkpoints.File, prefix string) (at string, ok bool, err error) {
	for _, names := range m.Marks() {
		found := Prefixes(f, names, prefix)
		if e, ok := m.(Examiner); ok {
			found = slices.DeleteFunc(found, func(at string) bool { return !e.Fits(f, names, at) })
		}
		if len(found) > 1 {
			averages := slices.DeleteFunc(slices.Clone(found), func(p string) bool { return !strings.Contains(p, "ema") || strings.Contains(p, "online_model.") })
			if len(averages) != 1 {
				return "", true, fmt.Errorf("families: the file holds %d networks of family %s, at the prefixes %s; name one", len(found), m.Name(), input.List(found))
			}
			found = averages
		}
		if len(found) == 1 {
			return found[0], true, nil
		}
	}
	return "", false, nil
}

// Prefixes returns those after which every one of the names is a tensor; only the one given, when it is not empty.
func Prefixes(f *checkpoints.File, names []string, given string) (found []string) {
	for _, n := range f.Names() {
		p, ok := strings.CutSuffix(n, names[0])
		if !ok || p != "" && !strings.HasSuffix(p, ".") || given != "" && p != given {
			continue
		}
		if !slices.ContainsFunc(names, func(m string) bool { return !f.Has(p + m) }) {
			found = append(found, p)
		}
	}
	return found
}
