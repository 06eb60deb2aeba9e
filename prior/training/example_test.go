package training_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/prior/training"
)

// A program trains a prior on images in memory by denoising score matching, and has it ready for use.
func Example() {
	images := make([][]float64, 40) // gratings of 8x8 pixels
	for i := range images {
		for j := range 64 {
			images[i] = append(images[i], .5+.4*math.Sin(float64(j%8)*float64(1+i%3)+float64(i)))
		}
	}
	set, err := data.FromSlices(images, nil, data.Options{Shape: [3]int{1, 8, 8}})
	if err != nil {
		panic(err)
	}
	out, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(out)
	c := training.Default()
	c.Loss.Loss = diffusion.DefaultDSM()
	c.Network = []byte(`{"channels":[8],"blocks":1,"heads":0}`)
	c.Train.Steps, c.Train.Batch, c.PreviewEvery = 5, 8, 0
	run, err := training.New(context.Background(), c, set)
	if err != nil {
		panic(err)
	}
	res, err := run.Run(context.Background(), training.Job{Out: filepath.Join(out, "run")})
	if err != nil {
		panic(err)
	}
	fmt.Println(res.Prior.Shape(), res.Prior.Info.Architecture, res.Step, res.Loss < math.Inf(1))
	// Output: [1,8,8] conv-score 5 true
}
