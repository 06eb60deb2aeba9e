package all_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
)

// A program that reads descriptions reaches every kind that ships.
func Example() {
	for _, text := range []string{`{"kind": "block-average", "rows": 2, "cols": 2}`, `{"kind": "dft", "low": {"rows": 2, "cols": 2}}`} {
		op, err := inverse.Decode([]byte(text), autodiff.S(1, 8, 8))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(op.Name(), op.OutShape())
	}
	// Output:
	// block-average [1,4,4]
	// dft [2,1,4]
}
