package demo

import (
	"fmt"
	"io"

	"tweedie/infer"
	"tweedie/report"
)

// PageOutcome holds what the methods made of one image.
type PageOutcome struct {
	Seed     uint64         `json:"seed"`
	Prior    string         `json:"prior"`
	Image    string         `json:"image"`
	Task     string         `json:"task"`
	Operator any            `json:"operator"`
	Sigma    float64        `json:"sigma"`
	Machine  map[string]any `json:"machine"`
	Baseline Plain          `json:"baseline"`
	Methods  []MethodResult `json:"methods"`
	Toy      []ToyResult    `json:"two_modes,omitempty"`
	Seconds  float64        `json:"seconds"`

	title, file string // of the task; of the page in Config.Out
}

// MethodResult holds what one method found, and how good that is.
type MethodResult struct {
	Score  report.Score  `json:"score"`
	Gain   *float64      `json:"psnr_over_baseline_db"`
	Result *infer.Result `json:"result"`
}

// Print writes the scores of the methods below the plain restoration's, and the warnings.
func (o *PageOutcome) Print(w io.Writer) {
	fmt.Fprintf(w, "%s, noise %.3g\n%s\n", o.title, o.Sigma, o.Image)
	fmt.Fprintf(w, "%-12s %9s %9s %7s %9s %10s %12s %7s\n", "", "PSNR dB", "gain dB", "SSIM", "chi2/m", "spread/err", "evaluations", "s")
	fmt.Fprintf(w, "%-12s %9s %9s %7s\n", o.Baseline.Name, report.Text("%.2f", o.Baseline.PSNR), "", report.Text("%.3f", o.Baseline.SSIM))
	for _, r := range o.Methods {
		fmt.Fprintf(w, "%-12s %9s %9s %7s %9.2f %10s %12d %7.1f\n", infer.Title(r.Result.Method), report.Text("%.2f", r.Score.PSNR), report.Text("%+.2f", r.Gain),
			report.Text("%.3f", r.Score.SSIM), r.Score.SampleChi2, report.Text("%.2f", r.Score.SpreadOverRM), r.Result.Evaluations, r.Result.Elapsed.Seconds())
	}
	for _, r := range o.Methods {
		if r.Result.Spread != infer.PosteriorSpread {
			fmt.Fprintf(w, "             (%s: %s)\n", infer.Title(r.Result.Method), r.Result.Spread)
		}
	}
	for _, r := range o.Methods {
		for _, warning := range r.Result.Warnings {
			fmt.Fprintf(w, "warning: %s: %s\n", infer.Title(r.Result.Method), warning)
		}
		if checks := r.Result.ChecksText(); checks != "" {
			fmt.Fprintf(w, "checks: %s: %s\n", infer.Title(r.Result.Method), checks)
		}
	}
	for _, r := range o.Toy {
		fmt.Fprintf(w, "two modes, %-9s %s\n", infer.Title(r.Result.Method)+":", r.line())
	}
	fmt.Fprintf(w, "%.0f s; written: %s\n", o.Seconds, o.file)
}
