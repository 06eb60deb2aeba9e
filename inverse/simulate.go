package inverse

import "tweedie/rng"

// Simulate returns a measurement A(x) + noise of an image x, with random numbers that follow from key.
func Simulate(op Operator, noise Noise, x []float64, key rng.Key) []float64 {
	y := make([]float64, op.OutShape().Size())
	op.Apply(y, x)
	noise.Sample(y, y, key.Split("measurement", 0).Stream())
	return y
}
