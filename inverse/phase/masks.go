package phase

import (
	"fmt"
	"math"
	"math/cmplx"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// given checks the masks of an array for images of shape in, and returns how many there are.
func (c CodedDiffractionConfig) given(in autodiff.Shape) (count int, err error) {
	v, err := c.Masks.Fitting(func(shape []int, _ bool) error {
		if len(shape) == 2 {
			shape = []int{1, shape[0], shape[1]}
		}
		if len(shape) == 3 {
			count = shape[0]
		}
		if count < 1 || shape[1] != in.Dim(1) || shape[2] != in.Dim(2) {
			return fmt.Errorf("it must be [L,%d,%d]", in.Dim(1), in.Dim(2))
		}
		return nil
	})
	if err != nil {
		return 0, config.Errorf(c.Kind(), "masks", "%v", err)
	}
	numbers := len(v.Data)
	if v.Complex {
		numbers /= 2
	}
	if n, ok := config.Size(count, in.Dim(1), in.Dim(2)); !ok || n != numbers {
		return 0, config.Errorf(c.Kind(), "masks", "has %d numbers, which its shape does not hold", numbers)
	}
	k := config.Check(c.Kind())
	k.Floats("masks", v.Data, -inverse.MostEntry, inverse.MostEntry)
	return count, k.Err()
}

// masks returns the masks of n pixels each. Call Validate first.
func (c CodedDiffractionConfig) masks(n int) [][]complex128 {
	var masks [][]complex128
	if c.Random != nil {
		st := rng.New(c.Random.Seed).Split("coded-diffraction", 0).Stream()
		for range c.Random.Count {
			mask := make([]complex128, n)
			for i := range mask {
				mask[i] = draw(c.Random.Law, st)
			}
			masks = append(masks, mask)
		}
		return masks
	}
	v, _ := c.Masks.Fitting(nil) // Validate has read them
	step := 1
	if v.Complex {
		step = 2
	}
	for first := 0; first < len(v.Data); first += n * step {
		mask := make([]complex128, n)
		for i := range mask {
			mask[i] = complex(v.Data[first+i*step], 0)
			if v.Complex {
				mask[i] += complex(0, v.Data[first+2*i+1])
			}
		}
		masks = append(masks, mask)
	}
	return masks
}

// draw returns one entry of a mask.
func draw(law string, st *rng.Stream) complex128 {
	switch law {
	case "sign":
		return complex(1-2*float64(st.Intn(2)), 0)
	case "octanary":
		length := math.Sqrt(.5)
		if st.Intn(5) == 0 {
			length = math.Sqrt(3)
		}
		return [4]complex128{1, -1, 1i, -1i}[st.Intn(4)] * complex(length, 0)
	}
	return cmplx.Rect(1, 2*math.Pi*st.Float64())
}
