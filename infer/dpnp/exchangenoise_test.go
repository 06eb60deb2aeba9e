package dpnp

import (
	"errors"
	"math"

	"tweedie/rng"
)

// student is noise of 3 degrees of freedom and a scale, which no registry knows.
type student struct{ scale float64 }

func (s student) Kind() string { return "student" }

func (s student) Validate(int) error {
	if s.scale <= 0 {
		return errors.New("no scale")
	}
	return nil
}

func (s student) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		chi := 0.0
		for range 3 {
			n := st.Norm()
			chi += n * n
		}
		dst[i] = c + s.scale*st.Norm()/math.Sqrt(chi/3)
	}
}

func (s student) Loss(y, clean []float64) float64 {
	sum := 0.0
	for i, c := range clean {
		r := (y[i] - c) / s.scale
		sum += 2 * math.Log1p(r*r/3)
	}
	return sum
}

func (s student) NegLogLik(y, clean []float64) float64 {
	return s.Loss(y, clean) + float64(len(y))*math.Log(s.scale*math.Pi*math.Sqrt(3)/2)
}

func (s student) Residual(dst, y, clean []float64) {
	for i, c := range clean {
		r := (c - y[i]) / s.scale
		dst[i] = 4 * r / (3 + r*r) / s.scale
	}
}

func (s student) ChiSquared(y, clean []float64) float64 {
	sum := 0.0
	for i, c := range clean {
		sum += (y[i] - c) * (y[i] - c) / (3 * s.scale * s.scale)
	}
	return sum
}

// counts40 are Poisson counts with the mean 40 (clean + 0.1), divided by 40.
type counts40 struct{}

func (counts40) rate(clean float64) float64 { return 40 * (max(clean, 0) + .1) }
func (counts40) Kind() string               { return "counts" }
func (counts40) Validate(int) error         { return nil }

func (c counts40) Sample(dst, clean []float64, st *rng.Stream) {
	for i, v := range clean {
		// Arrivals at unit distance, counted up to the rate.
		n, at := 0, -math.Log(1-st.Float64())
		for at < c.rate(v) {
			n++
			at -= math.Log(1 - st.Float64())
		}
		dst[i] = float64(n) / 40
	}
}

func (c counts40) Loss(y, clean []float64) float64 {
	sum := 0.0
	for i, v := range clean {
		sum += c.rate(v) - 40*y[i]*math.Log(c.rate(v))
	}
	return sum
}

func (c counts40) NegLogLik(y, clean []float64) float64 {
	sum := c.Loss(y, clean)
	for _, v := range y {
		l, _ := math.Lgamma(40*v + 1)
		sum += l
	}
	return sum
}

func (c counts40) Residual(dst, y, clean []float64) {
	for i, v := range clean {
		dst[i] = 40 * (1 - 40*y[i]/c.rate(v))
	}
}

func (c counts40) ChiSquared(y, clean []float64) float64 {
	sum := 0.0
	for i, v := range clean {
		d := 40*y[i] - c.rate(v)
		sum += d * d / c.rate(v)
	}
	return sum
}

// bounded40 are Poisson counts with the mean 40 clean, divided by 40, of which none may be negative.
type bounded40 struct{ counts40 }

func (bounded40) Support() (lo, hi float64) { return 0, math.Inf(1) }

func (bounded40) Information(dst, clean []float64) {
	for i, v := range clean {
		dst[i] = 40 / max(v, 1e-9)
	}
}

func (c bounded40) Sample(dst, clean []float64, st *rng.Stream) {
	for i, v := range clean {
		dst[i] = v - .1
	}
	c.counts40.Sample(dst, dst, st)
}

func (c bounded40) Loss(y, clean []float64) float64 {
	sum := 0.0
	for i, v := range clean {
		if v < 0 || v == 0 && y[i] > 0 {
			return math.Inf(1)
		}
		if sum += 40 * v; y[i] > 0 {
			sum -= 40 * y[i] * math.Log(40*v)
		}
	}
	return sum
}

func (c bounded40) NegLogLik(y, clean []float64) float64 {
	return c.Loss(y, clean) - c.counts40.Loss(y, clean) + c.counts40.NegLogLik(y, clean)
}

func (c bounded40) Residual(dst, y, clean []float64) {
	for i, v := range clean {
		dst[i] = 40 * (1 - y[i]/v)
	}
}
