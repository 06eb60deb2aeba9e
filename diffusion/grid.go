package diffusion

import (
	"fmt"
	"math"

	"tweedie/internal/config"
)

// KarrasGrid returns n >= 2 noise levels that fall from hi to lo > 0 and are even in sigma^(1/rho) (Karras et al. 2022,
// eq. 5, with rho = 7). The ends are exact.
func KarrasGrid(n int, lo, hi, rho float64) []float64 {
	g := spread(n, math.Pow(hi, 1/rho), math.Pow(lo, 1/rho), func(x float64) float64 { return math.Pow(x, rho) })
	g[0], g[n-1] = hi, lo
	return g
}

// LogGrid returns n >= 2 values from a to b, both positive, that are even in the logarithm. The ends are exact.
func LogGrid(n int, a, b float64) []float64 {
	g := spread(n, math.Log(a), math.Log(b), math.Exp)
	g[0], g[n-1] = a, b
	return g
}

// UniformGrid returns n >= 2 evenly spaced values from a to b. The ends are exact.
func UniformGrid(n int, a, b float64) []float64 {
	g := spread(n, a, b, func(x float64) float64 { return x })
	g[n-1] = b
	return g
}

// LevelGrid returns n >= 2 times of a schedule from t0 to t1, both positive, at which log(sigma/alpha) is even. The
// ends are exact.
func LevelGrid(s Schedule, n int, t0, t1 float64) []float64 {
	g := spread(n, math.Log(s.Ratio(t0)), math.Log(s.Ratio(t1)), func(l float64) float64 { return s.Time(math.Exp(l)) })
	g[0], g[n-1] = t0, t1
	return g
}

// spread returns f at n evenly spaced points from a to b.
func spread(n int, a, b float64, f func(float64) float64) []float64 {
	g := make([]float64, n)
	for i := range g {
		g[i] = f(a + float64(i)/float64(n-1)*(b-a))
	}
	return g
}

// TimeGrid places the n >= 2 times of a sampler on a schedule: from the time from down to the time to, both exactly.
type TimeGrid func(s Schedule, n int, from, to float64) []float64

var timeGrids = config.TableOf("diffusion", "time grid",
	config.Entry[TimeGrid]{Name: "uniform", Value: func(_ Schedule, n int, from, to float64) []float64 { return UniformGrid(n, from, to) }},
	config.Entry[TimeGrid]{Name: "level", Value: func(s Schedule, n int, from, to float64) []float64 { return LevelGrid(s, n, from, to) }},
)

// RegisterTimeGrid makes a grid of the caller's own known to ODESampler by name, beside "uniform" and "level". A name
// that is taken is an error.
func RegisterTimeGrid(name string, g TimeGrid) error { return timeGrids.Register(name, g) }

// NoiseGrid places n >= 2 noise levels sigma from hi down to lo > 0, both exactly.
type NoiseGrid func(n int, lo, hi float64) []float64

var noiseGrids = config.TableOf("diffusion", "noise grid",
	config.Entry[NoiseGrid]{Name: "log", Value: func(n int, lo, hi float64) []float64 { return LogGrid(n, hi, lo) }},
)

// RegisterNoiseGrid makes a grid of the caller's own known to Heun, DPMSolver and UniPC by name, beside "log". A name that
// is taken is an error.
func RegisterNoiseGrid(name string, g NoiseGrid) error { return noiseGrids.Register(name, g) }

// checkGrid says what is wrong with a grid that a registered function made: it must have n values that fall.
func checkGrid(name string, g []float64, n int) error {
	if len(g) != n {
		return fmt.Errorf("grid %q: it has %d values; want %d", name, len(g), n)
	}
	for i, v := range g {
		if !finite(v) || i > 0 && v >= g[i-1] {
			return fmt.Errorf("grid %q: value %d of %d is %g; want finite values that fall", name, i, n, v)
		}
	}
	return nil
}

// checkLevels checks the fields that the samplers over noise levels share.
func checkLevels(c *config.Checker, steps int, lo, hi, rho float64, grid string) {
	c.Int("steps", steps, 2, config.MostSteps)
	c.Float("sigma_min", lo, config.Tiny, config.Huge)
	c.Float("sigma_max", hi, 0, config.Huge)
	c.That(hi > lo, "sigma_max", hi, "be above sigma_min, %g", lo)
	c.Float("rho", rho, 0.1, 100)
	c.Name("grid", grid, append([]string{""}, noiseGrids.List()...)...)
}

// levelsToZero returns n noise levels from hi to lo on the grid of a name, "" for KarrasGrid, followed by 0.
func levelsToZero(grid string, n int, lo, hi, rho float64) ([]float64, error) {
	place, ok := noiseGrids.Get(grid)
	if !ok {
		place = func(n int, lo, hi float64) []float64 { return KarrasGrid(n, lo, hi, rho) }
	}
	g := append(place(n, lo, hi), 0)
	return g, checkGrid(grid, g, n+1)
}
