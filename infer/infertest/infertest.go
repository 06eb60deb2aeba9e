// Package infertest is the test that every inference method passes, for methods of this project and of others:
//
//	func TestMyMethod(t *testing.T) { infertest.Method(t, infertest.Row{Method: MyMethod{...}}) }
//
// Method runs the subject on priors known in closed form: a Gaussian on 12 pixels, the same Gaussian in other units
// behind an Affine, and a mixture of two Gaussians of which the data choose one. Four averages of three pixels each are
// measured with noise, so that most directions are not seen. Every method must
//
//	lower chi^2         its samples fit y at least twice as well as the prior's mean does
//	beat the prior      its mean is at most half as far from the posterior's mean as the prior's mean is
//	use the prior       when the prior's mean moves by v with A v = 0, its mean moves by at least v/2
//	count               report what diffusion.Counter saw: evaluations, VJPs and JVPs, one per image
//	be repeatable       give the same bits again, on one and two processors, and unless its row says Collective for a
//	                    sample alone and in a batch
//	stop                return what it has with the context's error, long before the whole run's evaluations are spent
//	fill its Result     method, configuration, seed, mean, spread, title and time
//
// A method whose Result claims PosteriorSpread must besides find the posterior's mean and standard deviations.
// BiasedSpread and RestartSpread promise no more than the list.
package infertest

import "tweedie/infer"

// TB holds the part of testing.TB that the suite uses, so that it can be tested on a wrong subject.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// Row names a method and the accuracy that it is held to.
type Row struct {
	Method  infer.Method
	Samples int     // for the means and moments; 0 means 2000
	Mean    float64 // allowed error of the mean, in posterior standard deviations, beside 4 standard errors; 0 means .05
	Std     float64 // allowed relative error of the standard deviations, beside 4 standard errors; 0 means .05

	// Collective methods make samples that depend on one another, as resampled particles do: a sample alone may differ from
	// the same sample in a batch.
	Collective bool
}

// Method fails t unless the row's method passes the suite. It goes on to the next check only after the last one passed.
func Method(t TB, r Row) {
	t.Helper()
	if r.Samples == 0 {
		r.Samples = 2000
	}
	if r.Mean == 0 {
		r.Mean = .05
	}
	if r.Std == 0 {
		r.Std = .05
	}
	s := &suite{TB: t, Row: r, name: r.Method.Name()}
	if err := r.Method.Validate(); err != nil {
		s.Errorf("its own configuration is refused: %v", err)
		return
	}
	for _, check := range []func(){s.refused, s.repeatable, s.cancelled, s.gaussian, s.units, s.mixture} {
		if check(); s.failed {
			return
		}
	}
}

// suite runs the checks once on one method.
type suite struct {
	TB
	Row
	name   string
	failed bool
}

// Errorf reports a failure with the method's name.
func (s *suite) Errorf(format string, args ...any) {
	s.TB.Helper()
	s.failed = true
	s.TB.Errorf("%s: "+format, append([]any{s.name}, args...)...)
}
