package inverse_test

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/rng"
)

// Logistic is a noise of one's own: y = clean + Scale z with the density exp(-z)/(1 + exp(-z))^2 of z, whose tails are
// heavier than a normal's.
type Logistic struct {
	Scale float64 `json:"scale"`
}

func (Logistic) Kind() string { return "logistic" }

func (n Logistic) Validate(int) error {
	if !(n.Scale >= 1e-100 && n.Scale <= 1e100) {
		return &inverse.FieldError{Kind: "logistic", Field: "scale", Problem: fmt.Sprintf("is %v; it must lie between 1e-100 and 1e100", n.Scale)}
	}
	return nil
}

func (n Logistic) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		u := st.Float64()
		dst[i] = c + n.Scale*(math.Log(u)-math.Log1p(-u))
	}
}

func (n Logistic) Loss(y, clean []float64) (sum float64) {
	for i, c := range clean {
		z := math.Abs(y[i]-c) / n.Scale
		sum += z + 2*math.Log1p(math.Exp(-z))
	}
	return sum
}

func (n Logistic) NegLogLik(y, clean []float64) float64 {
	return n.Loss(y, clean) + float64(len(y))*math.Log(n.Scale)
}

func (n Logistic) Residual(dst, y, clean []float64) {
	for i, c := range clean {
		dst[i] = math.Tanh((c-y[i])/(2*n.Scale)) / n.Scale
	}
}

func (n Logistic) ChiSquared(y, clean []float64) (sum float64) {
	for i, c := range clean {
		z := (y[i] - c) / n.Scale
		sum += 3 * z * z / (math.Pi * math.Pi) // the variance of z is pi^2/3
	}
	return sum
}

func init() { inverse.RegisterNoise(Logistic{Scale: 1}) }

// A noise of one's own is registered, read from JSON like any other, and sampled from by MALA.
func ExampleRegisterNoise() {
	noise, err := inverse.DecodeNoise([]byte(`{"kind": "logistic", "scale": 0.5}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	lik, err := inverse.NewLikelihood(inverse.NewIdentity(autodiff.S(2)), noise, []float64{1, 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := inverse.NewProximal(lik, inverse.DefaultProximal())
	if err != nil {
		fmt.Println(err)
		return
	}
	grad := make([]float64, 2)
	lik.Grad(grad, []float64{1, 9})
	fmt.Printf("%s, gradient %.3f\n", s.Name(), grad)
	// Output: mala, gradient [0.000 2.000]
}
