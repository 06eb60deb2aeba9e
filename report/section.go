package report

import (
	"errors"
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/eval"
	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/inverse"
)

// Subject describes the image that a problem is about: its shape, the range to show, the likelihood, and the truth when it
// is known, which is used for comparison only.
type Subject struct {
	C, H, W int
	Lo, Hi  float64
	Lik     *inverse.Likelihood
	Truth   []float64
}

// Score tells how well a result fits the data and, where the truth is known, the truth.
type Score struct {
	ChiSquared   float64  `json:"chi2_per_measurement"` // of the samples' mean
	SampleChi2   float64  `json:"chi2_per_measurement_of_samples"`
	PSNR         *float64 `json:"psnr_db,omitempty"`
	SSIM         *float64 `json:"ssim,omitempty"`
	RMSE         *float64 `json:"rmse,omitempty"`
	SpreadOverRM *float64 `json:"spread_over_rmse,omitempty"`
}

// Assess scores the mean of a result.
func (s Subject) Assess(r *infer.Result) (Score, error) {
	if err := s.fits(r); err != nil {
		return Score{}, err
	}
	sc := Score{ChiSquared: s.Lik.ChiSquared(r.Mean)}
	for _, x := range r.Samples {
		sc.SampleChi2 += s.Lik.ChiSquared(x) / float64(len(r.Samples))
	}
	if s.Truth == nil {
		return sc, nil
	}
	psnr := eval.PSNR(r.Mean, s.Truth, s.Hi-s.Lo)
	ssim := eval.SSIM(r.Mean, s.Truth, autodiff.S(s.C, s.H, s.W), s.Hi-s.Lo)
	rmse := eval.RMSE(r.Mean, s.Truth)
	spread := 0.0
	for _, v := range r.Std {
		spread += v * v / float64(len(r.Std))
	}
	ratio := math.Sqrt(spread) / rmse
	sc.PSNR, sc.SSIM, sc.RMSE, sc.SpreadOverRM = known(psnr), known(ssim), known(rmse), known(ratio)
	return sc, nil
}

// fits says what the subject or the result lacks, or where their sizes differ.
func (s Subject) fits(r *infer.Result) error {
	if r == nil {
		return errors.New("report: the result is nil")
	}
	if err := s.Lik.Validate(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	n := s.Lik.Size()
	if len(r.Mean) != n || len(r.Std) != n {
		return fmt.Errorf("report: the result has a mean of %d values and a spread of %d; the likelihood's images have %d", len(r.Mean), len(r.Std), n)
	}
	for i, x := range r.Samples {
		if len(x) != n {
			return fmt.Errorf("report: sample %d has %d values; the likelihood's images have %d", i, len(x), n)
		}
	}
	if s.Truth != nil && len(s.Truth) != n {
		return fmt.Errorf("report: the truth has %d values and the result %d", len(s.Truth), n)
	}
	return nil
}

// known returns x, nil where it is not finite: the PSNR of an image without error, for instance.
func known(x float64) *float64 {
	if nonfinite.Is(x) {
		return nil
	}
	return &x
}

// Text returns a number of a Score as a format prints it, "not defined" for none.
func Text(format string, x *float64) string {
	if x == nil {
		return "not defined"
	}
	return fmt.Sprintf(format, *x)
}

// Facts returns the score's numbers for a page.
func (sc Score) Facts(r *infer.Result) []Fact {
	f := []Fact{
		{"chi² per measurement, mean image", fmt.Sprintf("%.3f", sc.ChiSquared), "1 where residuals are as large as the noise"},
		{"chi² per measurement, samples", fmt.Sprintf("%.3f", sc.SampleChi2), "average over the samples"},
	}
	if sc.RMSE == nil {
		return f
	}
	return append(f,
		Fact{"PSNR of the mean", Text("%.2f dB", sc.PSNR), "against the truth, over the declared range"},
		Fact{"SSIM of the mean", Text("%.3f", sc.SSIM), ""},
		Fact{"spread over error", Text("%.2f", sc.SpreadOverRM), r.Spread + ", over the RMSE of the mean; 1 for a calibrated posterior"})
}

// MethodSection shows a result: mean, spread, error, up to eight samples, its numbers, warnings and notes, and
// the settings that it ran with.
func (s Subject) MethodSection(title, text string, r *infer.Result) (Section, error) {
	if err := s.fits(r); err != nil {
		return Section{}, err
	}
	sec := Section{Title: title, Text: text, Warnings: r.Warnings, Notes: r.Notes, Checks: Checks(r), Settings: Settings(r)}
	mean, err := NewPicture("mean", s.C, s.H, s.W, r.Mean, s.Lo, s.Hi)
	if err != nil {
		return sec, err
	}
	spread, err := HeatMap(r.Spread, s.C, s.H, s.W, r.Std)
	if err != nil {
		return sec, err
	}
	sec.Pictures = []Picture{mean, spread}
	if s.Truth != nil {
		d := make([]float64, len(s.Truth))
		for i := range d {
			d[i] = math.Abs(r.Mean[i] - s.Truth[i])
		}
		e, err := HeatMap("absolute error of the mean", s.C, s.H, s.W, d)
		if err != nil {
			return sec, err
		}
		sec.Pictures = append(sec.Pictures, e)
	}
	for i, x := range r.Samples[:min(8, len(r.Samples))] {
		p, err := NewPicture(fmt.Sprintf("sample %d", i), s.C, s.H, s.W, x, s.Lo, s.Hi)
		if err != nil {
			return sec, err
		}
		sec.Samples = append(sec.Samples, p)
	}
	sc, err := s.Assess(r)
	if err != nil {
		return sec, err
	}
	sec.Facts = append(sc.Facts(r), MethodFacts(r)...)
	if len(r.Trace) > 1 {
		var x, y []float64
		for _, p := range r.Trace {
			x, y = append(x, float64(p.Step)), append(y, p.Value)
		}
		tr, err := Trace("objective", "step", "nats", x, y)
		if err != nil {
			return sec, err
		}
		sec.Plots = append(sec.Plots, tr)
	}
	return sec, nil
}

// Pictures returns pictures of the problem: the truth where it is known, the measurement when it has the
// shape of images, and the pseudo-inverse of the measurement.
func (s Subject) Pictures() ([]Picture, error) {
	if err := s.Lik.Validate(); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var out []Picture
	if s.Truth != nil {
		p, err := NewPicture("truth", s.C, s.H, s.W, s.Truth, s.Lo, s.Hi)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	if p, ok, err := s.measured(); err != nil {
		return nil, err
	} else if ok {
		out = append(out, p)
	}
	if pi, ok := s.Lik.Op.(inverse.PseudoInverter); ok {
		x := make([]float64, s.Lik.Size())
		pi.PseudoInverse(x, s.Lik.Y)
		p, err := NewPicture("pseudo-inverse of the measurement", s.C, s.H, s.W, x, s.Lo, s.Hi)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
