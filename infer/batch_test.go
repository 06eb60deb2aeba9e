package infer_test

import (
	"context"
	"runtime"
	"testing"

	"tweedie/infer"
	"tweedie/infer/dpnp"
	"tweedie/infer/internal/cases"
	"tweedie/infer/reddiff"
)

// A sample depends on the seed and its index alone.
func TestSampleAloneEqualsInBatch(t *testing.T) {
	for _, m := range []infer.Method{dpnp.Default(), reddiff.Default()} {
		var first [][]float64
		for _, procs := range []int{1, 2} {
			old := runtime.GOMAXPROCS(procs)
			for _, n := range []int{1, 5} {
				res, err := m.Solve(context.Background(), cases.Small(), infer.Run{Samples: n, Seed: 3})
				if err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = res.Samples
				}
				for i, v := range res.Samples[0] {
					if v != first[0][i] {
						t.Fatalf("%s: sample 0 differs with %d samples and GOMAXPROCS %d", m.Name(), n, procs)
					}
				}
			}
			runtime.GOMAXPROCS(old)
		}
	}
}
