package training

import (
	"context"
	"fmt"
	"math"

	"tweedie/data"
)

// moments computes the mean of the pixels of up to limit images, evenly spread, and their standard deviation around it.
// It reads each image once, and those a second time that do not fit into room, a number of pixels.
func moments(ctx context.Context, set data.Set, limit, room int) (mean, std float64, err error) {
	c, h, w := set.Shape()
	size, n := c*h*w, min(set.Len(), limit)
	kept := min(n, room/size)
	held, scratch := make([]float32, kept*size), make([]float32, size)
	read := func(k int, dst []float32) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := set.Read(int(int64(k)*int64(set.Len())/int64(n)), dst)
		return err
	}
	for k := range n {
		img := scratch
		if k < kept {
			img = held[k*size : (k+1)*size]
		}
		if err := read(k, img); err != nil {
			return 0, 0, err
		}
		for _, v := range img {
			mean += float64(v)
		}
	}
	mean /= float64(n * size)
	for k := range n {
		img := scratch
		if k < kept {
			img = held[k*size : (k+1)*size]
		} else if err := read(k, img); err != nil {
			return 0, 0, err
		}
		for _, v := range img {
			std += (float64(v) - mean) * (float64(v) - mean)
		}
	}
	if std = math.Sqrt(std / float64(n*size)); std == 0 {
		return 0, 0, fmt.Errorf("all pixels of the %d images that were looked at are equal to %g; there is nothing to learn", n, mean)
	}
	return mean, std, nil
}
