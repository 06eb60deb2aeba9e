package report_test

import (
	"fmt"

	"tweedie/report"
)

func ExampleSheet() {
	p, err := report.NewPicture("ramp", 1, 1, 4, []float64{0, 1, 2, 3}, 0, 3)
	if err != nil {
		panic(err)
	}
	fmt.Println(report.Sheet([]report.Picture{p, p, p, p}, 2, 10).Bounds())
	// Output: (0,0)-(90,30)
}
