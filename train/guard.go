package train

import (
	"fmt"
	"maps"
	"slices"

	"tweedie/checkpoints"
)

// guardMeta is the metadata of a state that holds Setup.Guard.
const guardMeta = "guard"

// sameGuard compares the further settings of the saved run with this one's. A state that has none fits all.
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

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
