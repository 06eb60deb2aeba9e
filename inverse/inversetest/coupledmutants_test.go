package inversetest_test

import (
	"fmt"
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/inversetest"
	"tweedie/rng"
)

type (
	plainDraws    struct{ inverse.Coupled }
	narrowDraws   struct{ inverse.Coupled }
	shiftedDraws  struct{ inverse.Coupled }
	anyEta        struct{ inverse.Coupled }
	plainScore    struct{ inverse.Coupled }
	noConstant    struct{ inverse.Coupled }
	ascending     struct{ inverse.Coupled }
	lowTop        struct{ inverse.Coupled }
	seesAll       struct{ inverse.Coupled }
	forgetsStream struct{ inverse.Coupled }
	boundedDraws  struct{ inverse.Coupled }

	scored struct {
		inverse.Residual
		deflate bool // scores deflated draws as plain ones
		offset  float64
	}
)

func (s plainDraws) SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error {
	return s.Sample(dst, x, eta, st)
}

// narrowDraws mixes each draw with another one, which takes 5% of its spread.
func (s narrowDraws) SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error {
	z := make([]float64, len(dst))
	err := s.Coupled.SampleDeflated(dst, x, eta, st)
	if err == nil {
		err = s.Coupled.SampleDeflated(z, x, eta, st)
	}
	for i, v := range z {
		dst[i] += .05 / 1.05 * (v - dst[i])
	}
	return err
}

func (s shiftedDraws) SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error {
	err := s.Coupled.SampleDeflated(dst, x, eta, st)
	if len(dst) > 0 {
		dst[0] += .1 * eta
	}
	return err
}

func (s anyEta) SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error {
	return s.Coupled.SampleDeflated(dst, x, max(eta, 1e-3), st)
}

func (s plainScore) Residual(x []float64) (inverse.Residual, error) {
	r, err := s.Coupled.Residual(x)
	return scored{r, true, 0}, err
}

func (s noConstant) Residual(x []float64) (inverse.Residual, error) {
	r, err := s.Coupled.Residual(x)
	return scored{r, false, 1e-6}, err
}

func (r scored) LogLik(eta float64, deflated bool) float64 {
	return r.Residual.LogLik(eta, deflated && !r.deflate) + r.offset
}

func (s ascending) Gains() []float64 {
	g := slices.Clone(s.Coupled.Gains())
	slices.Reverse(g)
	return g
}

func (s lowTop) Top() float64 { return .98 * s.Coupled.Top() }

func (s seesAll) Unseen() int { return 0 }

func (s forgetsStream) SampleDeflated(dst, x []float64, eta float64, _ *rng.Stream) error {
	hidden.Norm()
	return s.Coupled.SampleDeflated(dst, x, eta, hidden)
}

var hidden = rng.New(9).Stream()

// MostDeflated claims a bound where the draws have none.
func (s boundedDraws) MostDeflated() float64 { return 1 / s.Top() }

func TestSuiteRejectsWrongCoupled(t *testing.T) {
	op := decode(t, autodiff.S(3), `{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}`)
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigmas: []float64{2, 1}}, []float64{.5, -1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := inverse.NewCoupled(lik, inverse.DefaultProximal())
	if err != nil {
		t.Fatal(err)
	}
	c := inverse.DefaultProximal()
	c.Method = "cg"
	free, err := inverse.NewCoupled(lik, c)
	if err != nil {
		t.Fatal(err)
	}
	inversetest.Coupled(t, lik, s)
	for _, wrong := range []inverse.Coupled{plainDraws{s}, narrowDraws{s}, shiftedDraws{s}, anyEta{s}, plainScore{s}, noConstant{s},
		ascending{s}, lowTop{s}, lowTop{free}, seesAll{s}, forgetsStream{s}, boundedDraws{s}} {
		t.Run(fmt.Sprintf("%T", wrong), func(t *testing.T) {
			rejects(t, "coupled", func(r *testkit.Recorder) { inversetest.Coupled(r, lik, wrong) })
		})
	}
}
