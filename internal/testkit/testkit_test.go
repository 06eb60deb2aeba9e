package testkit_test

import (
	"testing"

	"tweedie/internal/testkit"
)

// recorder stands for the *testing.T of a test that fails.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Logf(string, ...any)   {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatalf(string, ...any) { r.failed = true; panic(r) }

var sink []byte

func TestNoMallocsFindsOne(t *testing.T) {
	testkit.NoMallocs(t, "nothing", func() {})
	r := &recorder{TB: t}
	testkit.NoMallocs(r, "a slice", func() { sink = make([]byte, 1<<10) })
	if !r.failed {
		t.Error("a step with an allocation passed")
	}
}

func TestNearFindsAnError(t *testing.T) {
	testkit.Near(t, "equal", []float64{1}, []float64{1}, 0)
	for _, got := range [][]float64{{1 + 1e-3}, {1, 1}} {
		func() {
			r := &recorder{TB: t}
			defer func() {
				if recover() == nil || !r.failed {
					t.Errorf("%v passed for [1]", got)
				}
			}()
			testkit.Near(r, "wrong", got, []float64{1}, 1e-4)
		}()
	}
}
