package train

import (
	"fmt"
	"maps"
	"slices"

	"tweedie/checkpoints"
)

// guardMeta is the key in a state's metadata under which Setup.Guard is stored.
const guardMeta = "guard"

// sameGuard returns an error about the first further setting in which the saved run and this one differ and must not. A
// state without such settings fits every run.
func (t *Trainer) sameGuard(f *checkpoints.File) error {
	if _, ok := f.Meta[guardMeta]; !ok {
		return nil
	}
	saved := map[string]string{}
	if err := f.JSON(guardMeta, &saved); err != nil {
		return err
	}
	all := maps.Clone(saved)
	maps.Copy(all, t.setup.Guard)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if _, had := saved[name]; !had && slices.Contains(t.setup.Late, name) {
			continue
		}
		if got, want := saved[name], t.setup.Guard[name]; got != want && !slices.Contains(t.setup.Accept, name) {
			return fmt.Errorf("the saved run has %s = %s and this one %s; give the saved value, or start afresh", name, orNone(got), orNone(want))
		}
	}
	return nil
}

// orNone returns s, or "none" when it is empty.
func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
