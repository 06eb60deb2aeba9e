package testkit_test

import (
	"testing"

	"tweedie/internal/testkit"
)

// fatal is a Recorder that stands for a whole testing.TB.
type fatal struct {
	testing.TB
	testkit.Recorder
}

func (r *fatal) Helper()                           {}
func (r *fatal) Logf(string, ...any)               {}
func (r *fatal) Errorf(format string, args ...any) { r.Recorder.Errorf(format, args...) }
func (r *fatal) Fatalf(format string, args ...any) { r.Errorf(format, args...); panic(r) }

var sink []byte

func TestNoMallocsFindsOne(t *testing.T) {
	testkit.NoMallocs(t, "nothing", func() {})
	r := &fatal{TB: t}
	testkit.NoMallocs(r, "a slice", func() { sink = make([]byte, 1<<10) })
	if len(r.Recorder) == 0 {
		t.Error("a step with an allocation passed")
	}
}

func TestNearFindsAnError(t *testing.T) {
	testkit.Near(t, "equal", []float64{1}, []float64{1}, 0)
	for _, got := range [][]float64{{1 + 1e-3}, {1, 1}} {
		func() {
			r := &fatal{TB: t}
			defer func() {
				if recover() == nil || len(r.Recorder) == 0 {
					t.Errorf("%v passed for [1]", got)
				}
			}()
			testkit.Near(r, "wrong", got, []float64{1}, 1e-4)
		}()
	}
}
