package data_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"testing/fstest"

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

// Pictures that a program has drawn, and arrays that it has computed, are sets as files are.
func ExampleFromImages() {
	dark, light := image.NewGray(image.Rect(0, 0, 2, 2)), image.NewGray(image.Rect(0, 0, 4, 4))
	for i := range light.Pix {
		light.Pix[i] = 255
	}
	s, err := data.FromImages(context.Background(), []image.Image{dark, light}, []int{0, 1}, data.Options{Resize: [2]int{2, 2}})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, 4)
	label, err := s.Read(1, x)
	fmt.Println(s.Len(), x, label, err)
	// Output: 2 [1 1 1 1] 1 <nil>
}

func ExampleFromSlices() {
	s, err := data.FromSlices([][]float64{{1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, 0, 9}}, nil, data.Options{Shape: [3]int{1, 2, 3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	lo, hi := s.Range()
	fmt.Println(s.Len(), lo, hi)
	// Output: 2 0 9
}

// A file system may be embedded in a program, part of the disk, or an archive.
func ExampleOpenFS() {
	var file bytes.Buffer
	m := image.NewGray(image.Rect(0, 0, 3, 2))
	m.SetGray(1, 0, color.Gray{255})
	if err := png.Encode(&file, m); err != nil {
		fmt.Println(err)
	}
	photos := fstest.MapFS{"photos/a.png": {Data: file.Bytes()}}
	s, err := data.OpenFS(context.Background(), photos, "photos", data.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, 6)
	_, err = s.Read(0, x)
	fmt.Println(x, err)
	// Output: [0 1 0 0 0 0] <nil>
}

func ExampleRead() {
	rows := bytes.NewBufferString("label;left;right\n1;0;255\n0;51;102\n")
	s, err := data.Read(context.Background(), rows, data.Options{Shape: [3]int{1, 1, 2}, Max: 255})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, 2)
	label, err := s.Read(1, x)
	fmt.Println(x, label, err)
	// Output: [0.2 0.4] 0 <nil>
}
