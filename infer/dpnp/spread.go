package dpnp

import (
	"math"

	"tweedie/rng"
)

// spread holds the deviations of a prior, in the units of x.
type spread struct {
	rms     float64   // of a pixel about its own mean
	largest float64   // along the direction in which images differ most
	axis    []float64 // that direction, of length 1; nil where there are too few draws to know it
	mean    []float64 // of the draws
}

// fewDraws is the number of draws of the prior below which its largest deviation is guessed.
const fewDraws = 16

// spreadOf estimates the deviations from draws of the prior, [n*d] in a row. Without draws a pixel's is std, and the largest
// is half of the whole, as it is for images: (d/4)^1/2 times a pixel's.
func spreadOf(x []float64, d int, std float64) spread {
	n := len(x) / d
	s := spread{mean: make([]float64, d)}
	if n == 0 {
		s.rms = std
	}
	for i, v := range x {
		s.mean[i%d] += v / float64(n)
	}
	if n > 1 {
		sum := 0.0
		for i, v := range x {
			sum += (v - s.mean[i%d]) * (v - s.mean[i%d])
		}
		s.rms = math.Sqrt(sum / float64((n-1)*d))
	}
	if s.rms == 0 {
		s.rms = max(std, math.SmallestNonzeroFloat32)
	}
	if n < fewDraws {
		s.largest = s.rms * max(1, math.Sqrt(float64(d))/2)
		return s
	}
	s.axis, s.largest = leading(x, s.mean)
	s.largest = max(s.largest, s.rms)
	return s
}

// leading returns the first principal component of the draws x about their mean, and their deviation along it, by power
// iteration.
func leading(x, mean []float64) (axis []float64, deviation float64) {
	const iterations = 30
	d := len(mean)
	axis, next := make([]float64, d), make([]float64, d)
	rng.New(0).Split("dpnp.axis", 0).Stream().FillNorm(axis)
	normalise(axis)
	for range iterations {
		clear(next)
		for lo := 0; lo < len(x); lo += d {
			c := project(x[lo:lo+d], mean, axis)
			for j, v := range x[lo : lo+d] {
				next[j] += c * (v - mean[j])
			}
		}
		length := normalise(next)
		deviation = math.Sqrt(length / float64(max(len(x)/d-1, 1)))
		copy(axis, next)
	}
	return axis, deviation
}

// project returns the coordinate of x - mean along the axis.
func project(x, mean, axis []float64) float64 {
	sum := 0.0
	for j, a := range axis {
		sum += (x[j] - mean[j]) * a
	}
	return sum
}

// normalise divides v by its length, which it returns; zeros stay.
func normalise(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	length := math.Sqrt(sum)
	if length > 0 {
		for j := range v {
			v[j] /= length
		}
	}
	return length
}
