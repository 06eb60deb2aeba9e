package denoisers

import (
	"fmt"
	"strings"

	"tweedie/checkpoints"
	"tweedie/families"
)

// tensorsOfTDV are the parameters of a TDV under our names and shapes. As published, T and lmbda are scalars, and beside
// every kernel lies a mask, which must be ones, or the binomial of 5x5 that it is smoothed with.
func tensorsOfTDV(f *checkpoints.File) (ts []*checkpoints.Tensor, err error) {
	row := []float64{1. / 16, 4. / 16, 6. / 16, 4. / 16, 1. / 16}
	for _, t := range f.Tensors() {
		mask, blur := strings.HasSuffix(t.Name, ".mask"), strings.HasSuffix(t.Name, ".blur")
		switch {
		case len(t.Shape) == 0 && (t.Name == "T" || t.Name == "lmbda"):
			t = families.Renamed(t, t.Name)
			t.Shape = []int{1}
		case mask || blur:
			v, err := t.Float64s()
			if err != nil {
				return nil, err
			}
			if blur && len(v) != len(row)*len(row) {
				return nil, fmt.Errorf("tensor %q is %v; want a kernel of 5x5", t.Name, t.Shape)
			}
			for i, got := range v {
				want := 1.
				if blur {
					want = row[i/len(row)] * row[i%len(row)]
				}
				if got != want {
					return nil, fmt.Errorf("tensor %q: element %d is %v; in the networks that are known it is %v", t.Name, i, got, want)
				}
			}
			continue
		}
		ts = append(ts, t)
	}
	return ts, nil
}
