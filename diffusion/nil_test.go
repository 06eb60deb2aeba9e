package diffusion

import (
	"context"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/rng"
)

// What was left out is an error that says what, not a nil pointer.
func TestNilArguments(t *testing.T) {
	ctx, shape, keys := context.Background(), autodiff.S(1), []rng.Key{rng.New(1)}
	x, logp, grad := []float64{0}, make([]float64, 1), make([]float64, 1)
	for name, f := range map[string]func() error{
		"denoiser": func() error {
			_, err := DefaultHeun().Sample(ctx, nil, Job{Shape: shape, Keys: keys})
			return err
		},
		"schedule": func() error {
			_, err := ODESampler{Steps: 1, Order: 1, Grid: "level"}.Sample(ctx, DenoiserFunc(func(_ *autodiff.Scope, u autodiff.Var, _ []float64) autodiff.Var { return u }), Job{Shape: shape, Keys: keys})
			return err
		},
		"ode prior": func() error {
			return (&ODEPrior{Shape: shape, Config: DefaultODE()}).LogProb(ctx, x, keys, logp, grad)
		},
		"elbo": func() error { return (&ELBO{Shape: shape, Config: DefaultELBO()}).LogProb(ctx, x, keys, logp, grad) },
		"the schedule is nil": func() error {
			_, err := EncodeSchedule(nil)
			return err
		},
		"Denoiser is nil": func() (err error) {
			defer autodiff.Catch(&err)
			s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
			ScoreOf(s, nil, s.Const64(shape, x), []float64{1})
			return nil
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
