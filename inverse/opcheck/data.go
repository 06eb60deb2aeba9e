package opcheck

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"tweedie/rng"
)

const (
	leastDraws = 4
	tooFar     = 4.0  // times farther from the mean measurement than any simulated one
	farther    = 1.5  // times, from which on it is told of
	softening  = 0.05 // of the spread of all data, added to the spread of each
)

// measured holds simulated measurements of the draws, and how far a measurement lies from their mean.
type measured struct {
	mean, scale []float64 // of each datum; scale is its standard deviation, noise and softening with it
	far         []float64 // of every simulated measurement
	rms, spread []float64 // of the entries of every simulated measurement: root mean square, and standard deviation
}

// data compares the data with measurements of the draws.
func (e *examination) data() {
	lik := e.o.Likelihood
	if lik == nil {
		return
	}
	y := lik.Y
	if lo, hi := slices.Min(y), slices.Max(y); lo == hi && len(y) > 1 {
		e.add("data", Fail, "a detector or a program that answers nothing, or a file that was never filled", "all %d entries of the data are %g", len(y), lo)
		return
	}
	if len(e.o.Draws) < leastDraws {
		return
	}
	if !e.allowed() {
		return
	}
	s := e.simulated()
	usual := max(1, slices.Max(s.far))
	most, least := tooFar*usual, slices.Min(s.far)/tooFar
	d := s.distance(y, 1, 0)
	text := fmt.Sprintf("the data have the root mean square %.4g, and what A and the noise make of %d images that are expected %.4g to %.4g; their distance from the mean of those is %.3g, of those themselves %.3g to %.3g",
		rms(y), len(e.o.Draws), slices.Min(s.rms), slices.Max(s.rms), d, slices.Min(s.far), slices.Max(s.far))
	c := Check{Name: "data", Status: OK, Value: finite(d), Most: finite(most), Text: "the data are such as the prior can produce: " + text}
	switch {
	case !(d <= most):
		c.Status, c.Text, c.Cause = Fail, "the data are not such as the prior can produce: "+text, s.cause(y, e.units(), most)
	case d < least:
		c.Status, c.Text = Fail, "the data are smoother than the noise allows: "+text
		c.Cause = "the noise is given larger than it is, or in other units than the data, or the data were smoothed"
	case s.outOfSize(rms(y)):
		c.Status, c.Text, c.Cause = Fail, "the data have another size than the prior can produce: "+text, s.scaleCause(y, e.units(), most)
	case d > farther*usual:
		c.Status, c.Text = Note, "the data lie farther from what is expected than any image of the prior: "+text+s.pedestal(y, d)
	}
	e.Checks = append(e.Checks, c)
}

// simulated measures the draws, with noise.
func (e *examination) simulated() *measured {
	lik := e.o.Likelihood
	m, k := len(lik.Y), float64(len(e.o.Draws))
	s := &measured{mean: make([]float64, m), scale: make([]float64, m)}
	var clean, noisy [][]float64
	for i, x := range e.o.Draws {
		c, y := make([]float64, m), make([]float64, m)
		lik.Op.Apply(c, x)
		lik.Noise.Sample(y, c, rng.New(e.o.Seed).Split("opcheck.noise", i).Stream())
		clean, noisy = append(clean, c), append(noisy, y)
		floats.AddScaled(s.mean, 1/k, c)
		s.rms, s.spread = append(s.rms, rms(y)), append(s.spread, spread(y))
	}
	for j, c := range clean {
		for i, v := range c {
			off, noise := v-s.mean[i], noisy[j][i]-v
			s.scale[i] += off*off/(k-1) + noise*noise/k
		}
	}
	soft := softening * softening * stat.Mean(s.scale, nil)
	for i, v := range s.scale {
		s.scale[i] = math.Sqrt(v + soft)
	}
	for _, y := range noisy {
		s.far = append(s.far, s.distance(y, 1, 0))
	}
	return s
}

// distance returns the root mean square of (factor y + shift - mean) / scale.
func (s *measured) distance(y []float64, factor, shift float64) float64 {
	sum := 0.0
	for i, v := range y {
		d := (factor*v + shift - s.mean[i]) / math.Max(s.scale[i], math.SmallestNonzeroFloat64)
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(y)))
}

// spread returns the standard deviation of the entries.
func spread(y []float64) float64 { return stat.PopStdDev(y, nil) }

func rms(y []float64) float64 { return floats.Norm(y, 2) / math.Sqrt(float64(len(y))) }
