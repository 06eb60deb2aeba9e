package numtest

import (
	"testing"

	"tweedie/layers/layerstest"
)

// TypesWith returns the exported types of the package in the current folder that have one of the given methods: the
// types that a conformance table must have a row for.
func TypesWith(t *testing.T, methods ...string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, method := range methods {
		types, err := layerstest.Types(".", method)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range types {
			found[name] = true
		}
	}
	return found
}

// Rows fails t unless the table has a row for every type in found, and no other.
func Rows(t *testing.T, found map[string]bool, table map[string]func(*testing.T)) {
	t.Helper()
	for name := range found {
		if table[name] == nil {
			t.Errorf("type %s has no row in the conformance table", name)
		}
	}
	for name := range table {
		if !found[name] {
			t.Errorf("row %s belongs to no type", name)
		}
	}
}
