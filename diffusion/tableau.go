package diffusion

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/internal/config"
)

// Tableau is an explicit Runge-Kutta method, by its Butcher tableau, for dy/dtau = F. Its stages are k_i = F(tau + C_i
// h, y + h sum_j A_ij k_j), a step adds h sum_i B_i k_i, and where Err is given the error of a step is estimated as h
// sum_i Err_i k_i.
type Tableau struct {
	Name  string
	Order int
	C     []float64
	A     [][]float64
	B     []float64
	Err   []float64 // B minus the embedded method's weights; nil when there is none
}

// The methods without an error estimate: Euler's, Heun's (the explicit trapezoid), and Kutta's of order 4.
var (
	euler = Tableau{Name: "euler", Order: 1, C: []float64{0}, A: [][]float64{{}}, B: []float64{1}}
	heun  = Tableau{Name: "heun", Order: 2, C: []float64{0, 1}, A: [][]float64{{}, {1}}, B: []float64{.5, .5}}
	rk4   = Tableau{
		Name: "rk4", Order: 4,
		C: []float64{0, .5, .5, 1},
		A: [][]float64{{}, {.5}, {0, .5}, {0, 0, 1}},
		B: []float64{1. / 6, 1. / 3, 1. / 3, 1. / 6},
	}
)

// dopri5 is the pair of orders 5 and 4 of Dormand and Prince (1980, J. Comput. Appl. Math. 6).
var dopri5 = Tableau{
	Name: "dopri5", Order: 5,
	C: []float64{0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1},
	A: [][]float64{
		{},
		{1. / 5},
		{3. / 40, 9. / 40},
		{44. / 45, -56. / 15, 32. / 9},
		{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	},
	B: []float64{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84, 0},
	Err: []float64{
		35./384 - 5179./57600, 0, 500./1113 - 7571./16695, 125./192 - 393./640,
		-2187./6784 + 92097./339200, 11./84 - 187./2100, -1. / 40,
	},
}

var solvers = config.NewNames("diffusion", "solver", config.Entry[Tableau]{Name: euler.Name, Value: euler}, config.Entry[Tableau]{Name: heun.Name, Value: heun}, config.Entry[Tableau]{Name: rk4.Name, Value: rk4}, config.Entry[Tableau]{Name: dopri5.Name, Value: dopri5})

// RegisterSolver makes a Runge-Kutta method of the caller's own known to ODEConfig by its Name, beside "euler", "heun",
// "rk4" and "dopri5". The error says what is wrong with the tableau: rows of the wrong length, weights that do not add
// up to 1, or an error estimate whose last stage is not the first of the next step, which the control of steps relies
// on.
func RegisterSolver(t Tableau) error {
	if err := t.validate(); err != nil {
		return fmt.Errorf("diffusion: solver %q: %w", t.Name, err)
	}
	return solvers.Register(t.Name, t)
}

// Solvers lists the names of the registered Runge-Kutta methods.
func Solvers() []string { return solvers.List() }

// validate says which part of the tableau no explicit method can have.
func (t Tableau) validate() error {
	n := len(t.B)
	switch {
	case n == 0 || len(t.A) != n || len(t.C) != n || t.Err != nil && len(t.Err) != n:
		return fmt.Errorf("there are %d rows of A, and %d, %d and %d entries of B, C and Err; want one number of stages, or no Err", len(t.A), n, len(t.C), len(t.Err))
	case t.C[0] != 0:
		return fmt.Errorf("the first entry of C is %g; an explicit method begins at 0", t.C[0])
	case t.Order < 1:
		return fmt.Errorf("the order is %d; want 1 or more", t.Order)
	case math.Abs(sum(t.B)-1) > 1e-12:
		return fmt.Errorf("the weights B add up to %g; want 1", sum(t.B))
	}
	for i, row := range t.A {
		if len(row) > i || math.Abs(sum(row)-t.C[i]) > 1e-12 {
			return fmt.Errorf("row %d of A is %v; want at most %d entries that add up to C = %g", i, row, i, t.C[i])
		}
	}
	if last := t.A[n-1]; t.Err != nil && (t.B[n-1] != 0 || !slices.Equal(last, t.B[:len(last)])) {
		return errors.New("with an error estimate the last stage must be the first of the next step: the last row of A must be B")
	}
	return nil
}

// sum returns the sum of x.
func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}
