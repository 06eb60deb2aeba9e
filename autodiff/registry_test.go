package autodiff_test

import (
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
)

// elsewhere lists the ops that cannot have an ordinary row, with the test that stands for it.
var elsewhere = map[string]string{
	"cast": "TestCastIsDifferentiable", // float32 in between defeats finite differences
}

// Every op that package autodiff defines has a conformance row that calls it, and passes it. A dot in a name marks an
// op that a test or an example defines.
func TestEveryOpHasARow(t *testing.T) {
	covered := map[string]bool{}
	for _, rows := range [][]gradtest.Case{rowsCore(), rowsA(), rowsB()} {
		for _, c := range rows {
			for op := range gradtest.Check(t, c) {
				covered[op] = true
			}
		}
	}
	for _, op := range autodiff.Ops() {
		if strings.Contains(op.Name, ".") || elsewhere[op.Name] != "" {
			continue
		}
		if !covered[op.Name] {
			t.Errorf("op %q has no conformance row", op.Name)
		}
	}
}
