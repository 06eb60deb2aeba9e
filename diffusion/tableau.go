package diffusion

// Tableau is an explicit Runge-Kutta method (Butcher): stages k_i = F(tau + C_i h, y + h sum_j A_ij k_j), step
// y + h sum_i B_i k_i, and, where Err is given, the error estimate h sum_i Err_i k_i.
type Tableau struct {
	Name  string
	Order int
	C     []float64
	A     [][]float64
	B     []float64
	Err   []float64 // B minus the embedded method's weights; nil when there is none
	FSAL  bool      // the last stage is the first of the next step
}

// Euler, Heun (the explicit heun) and RK4 (Kutta's classical method) have no error estimate.
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

// Dopri5 is the pair of orders 5 and 4 of Dormand and Prince (1980, J. Comput. Appl. Math. 6).
var dopri5 = Tableau{
	Name: "dopri5", Order: 5, FSAL: true,
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

// Tableaus is every method by order.
func Tableaus() []Tableau { return []Tableau{euler, heun, rk4, dopri5} }
