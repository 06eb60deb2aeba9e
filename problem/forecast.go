package problem

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/inverse/opcheck"
	"tweedie/rng"
)

// Forecast is what can be said of a run before it is made, with a few seconds of work.
type Forecast struct {
	Norm       float64  `json:"norm,omitempty"`        // largest singular value of a linear operator
	AdjointGap *float64 `json:"adjoint_gap,omitempty"` // relative, of a linear operator; see package opcheck
	Failed     []string `json:"failed,omitempty"`      // what opcheck finds wrong with the operator
	// ChiSquared is the mean and the standard deviation, over noise, of chi^2 per datum at the true image.
	ChiSquared [2]float64 `json:"chi_squared"`
	// Evaluations of the prior, one per image, as the run's beginning has it; less where a later stage takes more. 0 when they are
	// not known.
	Evaluations float64 `json:"evaluations,omitempty"`
	// Evaluation, Operator and Adjoint are seconds of one image alone; Seconds is of the run, with what it does beside, 0 when it is
	// not known.
	Evaluation float64 `json:"evaluation_seconds"`
	Operator   float64 `json:"operator_seconds"`
	Adjoint    float64 `json:"adjoint_seconds,omitempty"`
	Seconds    float64 `json:"seconds,omitempty"`
	Unknown    string  `json:"unknown,omitempty"` // why Seconds are not known
}

// How long Forecast follows a run: at least so long, unless it ends, and at most so long when nothing is told of progress.
const (
	leastFollowed = time.Second
	mostFollowed  = 10 * time.Second
)

// Forecast tries the operator, times an evaluation of the prior, and begins the run to see what it will take. An error of
// the run other than the end of ctx is that of the forecast.
func (p *Problem) Forecast(ctx context.Context) (f *Forecast, err error) {
	defer inverse.CatchOperator(&err)
	f = &Forecast{}
	r := opcheck.Examine(ctx, p.Operator, opcheck.Options{})
	f.Norm, f.Operator, f.Adjoint = r.Norm, r.ApplySeconds, r.AdjointSeconds
	for _, c := range r.Checks {
		if c.Name == "adjoint" {
			f.AdjointGap = c.Value
		}
		if c.Status == opcheck.Fail {
			f.Failed = append(f.Failed, c.Text)
		}
	}
	f.ChiSquared = p.chiSquaredAtTruth()
	e, x := infer.NewEvaluator(ctx, p.Problem), make([]float64, p.Shape.Size())
	for range 2 { // the first one makes ready what the second has at hand
		began := time.Now()
		if err := e.Denoise(x, make([]float64, len(x)), 1); err != nil {
			return nil, err
		}
		f.Evaluation = time.Since(began).Seconds()
	}
	return f, f.follow(ctx, p, mostFollowed)
}

// chiSquaredAtTruth returns mean and standard deviation of chi^2 per datum, which of Gaussian noise are 1 and sqrt(2/m), and
// of any other follow from draws about what the operator makes of an image in the middle of the range.
func (p *Problem) chiSquaredAtTruth() [2]float64 {
	lik := p.Likelihood
	m := len(lik.Y)
	if _, ok := lik.Noise.(inverse.Gaussian); ok {
		return [2]float64{1, math.Sqrt(2 / float64(m))}
	}
	const draws = 64
	x, clean, y := make([]float64, p.Shape.Size()), make([]float64, m), make([]float64, m)
	for i := range x {
		x[i] = (p.Prior.Spec.Range[0] + p.Prior.Spec.Range[1]) / 2
	}
	lik.Op.Apply(clean, x)
	st := rng.New(p.file.Seed).Split("problem.chi", 0).Stream()
	sum, square := 0.0, 0.0
	for range draws {
		lik.Noise.Sample(y, clean, st)
		chi := lik.Noise.ChiSquared(y, clean) / float64(m)
		sum, square = sum+chi/draws, square+chi*chi/draws
	}
	return [2]float64{sum, math.Sqrt(math.Max(0, square-sum*sum))}
}

// follow begins the run, follows it for at most so long, and extrapolates from what it tells.
func (f *Forecast) follow(ctx context.Context, p *Problem, most time.Duration) error {
	within, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	run, began := p.Run(), time.Now()
	var first, last infer.Progress // of the present stage
	told, spent := 0, 0.0
	run.Progress = func(g infer.Progress) {
		if told == 0 || g.Stage != last.Stage {
			first, told = g, 0
		}
		told, last, spent = told+1, g, time.Since(began).Seconds()
		if told > 1 && time.Since(began) > leastFollowed {
			cancel()
		}
	}
	res, err := p.Method.Solve(within, p.Problem, run)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		f.Evaluations, f.Seconds = float64(res.Evaluations), time.Since(began).Seconds()
	case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		return err
	case told > 0 && last.Evaluations > 0:
		f.Evaluations = float64(last.Evaluations)
		if steps := last.Done - first.Done; steps > 0 {
			f.Evaluations += float64(last.Evaluations-first.Evaluations) / float64(steps) * float64(last.Total-last.Done)
		} else {
			f.Evaluations *= float64(last.Total) / float64(max(1, last.Done))
		}
		f.Seconds = spent * f.Evaluations / float64(last.Evaluations)
	case told > 0 && last.Done > 0:
		f.Seconds = spent * float64(last.Total) / float64(last.Done)
	default:
		f.Unknown = fmt.Sprintf("seconds and evaluations of the run: it told of no step in its first %g s, in which methods draw from the prior, so that it takes longer than that", most.Seconds())
	}
	return nil
}
