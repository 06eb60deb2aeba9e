package data_test

import (
	"context"
	"fmt"

	"tweedie/data"
	"tweedie/rng"
)

// A set is opened, looked at, divided and drawn from.
func Example() {
	digits, err := data.Open(context.Background(), "testdata/optdigits.csv.gz", data.Options{Shape: [3]int{1, 8, 8}, Max: 16})
	if err != nil {
		fmt.Println(err)
		return
	}
	summary, err := data.Summarize(context.Background(), digits, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(summary)
	train, validation := data.Split(digits, 0.1, 1)
	fmt.Println(train.Len(), validation.Len())
	batches, err := data.NewCursor(train, data.CursorConfig{Batch: 32, Flip: false}, rng.New(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, 32*64)
	if err := batches.Next(x, nil); err != nil {
		fmt.Println(err)
	}
	fmt.Println(batches.Seen())
	// Output:
	// CSV "testdata/optdigits.csv.gz": 1797 images of 8 x 8, channels 1
	// declared range [0, 1]; 1797 images read: values in [0, 1], mean 0.3053
	// labels 0..9, between 174 and 183 images each
	// 1607 190
	// 32
}

// Counts 0..16 become model values -1..1; noise of 2 counts becomes noise of 0.25.
