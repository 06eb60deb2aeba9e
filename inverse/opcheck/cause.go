package opcheck

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"tweedie/inverse"
)

// unit is a factor between data and what A makes of images, with what it comes from.
type unit struct {
	value float64
	name  string
}

// units lists the factors that are common, for the shapes of this operator. Each may be wrong in either direction.
func (e *examination) units() []unit {
	dims := e.op.InShape().Dims(nil)
	plane := 1.0
	for _, d := range dims[max(0, len(dims)-2):] {
		plane *= float64(d)
	}
	n, m := float64(e.n), float64(e.m)
	common := []unit{
		{math.Sqrt(plane), "the root of the number of pixels, as between a unitary FFT and one that is not"},
		{255, "the 255 levels of a picture"}, {65535, "the 65535 levels of a picture"}, {1e3, "a thousand, as between milli and one"}, {1e6, "a million, as between micro and one"},
		{n, "the number of pixels, as between a mean and a sum"}, {n / m, "the pixels of a datum, as between a mean and a sum"},
	}
	if _, ok := inverse.ComplexShape(e.op); ok {
		common[0].name += `; data of a plain fft2(x) are those of "unnormalised": true`
		return common
	}
	return append(common, unit{math.Sqrt(m), "the root of the number of data"})
}

// cause looks for single entries that are far off, and for a factor, a sign, an inversion or a shift with which the data would fit.
func (s *measured) cause(y []float64, units []unit, most float64) string {
	off := make([]float64, len(y))
	for i, v := range y {
		off[i] = math.Abs(v-s.mean[i]) / s.scale[i]
	}
	worst := floats.MaxIdx(off)
	sorted := slices.Clone(off)
	slices.Sort(sorted)
	if sorted[len(sorted)*9/10] <= most {
		return fmt.Sprintf("single entries, of which entry %d, %.4g, is the farthest off: values that stand for missing ones (give them as NaN or mask them), or dead pixels", worst, y[worst])
	}
	return s.scaleCause(y, units, most)
}

// clearly is how many times nearer the data must lie, turned over, than by a factor alone, for the former to be told.
const clearly = 1.5

// scaleCause looks for what all entries have in common.
func (s *measured) scaleCause(y []float64, units []unit, most float64) string {
	factor := median(s.rms) / rms(y)
	shift := stat.Mean(s.mean, nil) - stat.Mean(y, nil)
	turned := stat.Mean(s.mean, nil) + stat.Mean(y, nil)
	fits := []float64{s.distance(y, factor, 0), s.distance(y, -factor, 0), s.distance(y, 1, shift), s.distance(y, -1, turned)}
	for i, times := range []float64{factor, factor, 1, 1} { // what is shrunk to a constant fits, too, but is none of these
		if have := times * spread(y); fits[i] > most || have < slices.Min(s.spread)/tooFar || have > slices.Max(s.spread)*tooFar {
			fits[i] = math.Inf(1)
		}
	}
	fits[1], fits[3] = clearly*fits[1], clearly*fits[3]
	if best := floats.MinIdx(fits); !math.IsInf(fits[best], 1) {
		return []string{
			fmt.Sprintf("other units: times %.3g they would fit%s", factor, s.near(y, factor, units, most)),
			fmt.Sprintf("a sign, and perhaps other units: times %.3g they would fit", -factor),
			fmt.Sprintf("a background or a pedestal: with %.4g added they would fit", shift),
			fmt.Sprintf("black and white exchanged, as in a negative: %.4g minus the data would fit", turned),
		}[best]
	}
	return "neither a factor nor a shift makes them fit: the order of the axes, another operator, or images unlike those of the prior"
}

// near names the unit nearest to a rough factor among those with which the data would fit; the factor is that of an image of
// usual brightness, from which images differ.
func (s *measured) near(y []float64, factor float64, units []unit, most float64) string {
	best, name := 2.5, ""
	for _, c := range units {
		for _, v := range []float64{c.value, 1 / c.value} {
			if off := math.Max(factor/v, v/factor); c.value > 2 && off < best && s.distance(y, v, 0) <= most {
				best, name = off, fmt.Sprintf("; near %.4g, %s", v, c.name)
			}
		}
	}
	return name
}

// outOfSize reports whether a root mean square is far from those of all simulated measurements: by tooFar times, and the more
// where they differ much among themselves, as those of few data do.
func (s *measured) outOfSize(size float64) bool {
	logs := make([]float64, len(s.rms))
	for i, v := range s.rms {
		logs[i] = math.Log(math.Max(v, math.SmallestNonzeroFloat64))
	}
	room := math.Log(tooFar) + 2*stat.StdDev(logs, nil)
	l := math.Log(math.Max(size, math.SmallestNonzeroFloat64))
	return l < slices.Min(logs)-room || l > slices.Max(logs)+room
}

// pedestal says what to take off the data where they then lie at less than half of the distance d; "" where they do not.
func (s *measured) pedestal(y []float64, d float64) string {
	shift := stat.Mean(s.mean, nil) - stat.Mean(y, nil)
	if less := s.distance(y, 1, shift); less < d/2 {
		return fmt.Sprintf("; with %.3g added, as for a background, it would be %.3g", shift, less)
	}
	return ""
}

// median returns the upper median of v.
func median(v []float64) float64 {
	sorted := slices.Clone(v)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
