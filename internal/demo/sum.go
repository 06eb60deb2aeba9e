package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tweedie/checkpoints"
	"tweedie/eval"
	"tweedie/infer"
	"tweedie/internal/disk"
	"tweedie/report"
)

// TableLine holds the means over images of one method on one task, or of the plain restoration.
type TableLine struct {
	Task        string         `json:"task"`
	Method      string         `json:"method"`
	Images      int            `json:"images"`
	PSNR        report.Number  `json:"psnr_db"`
	Gain        *report.Number `json:"psnr_over_baseline_db,omitempty"`
	SSIM        report.Number  `json:"ssim"`
	Chi2        *report.Number `json:"chi2_per_measurement_of_samples,omitempty"`
	Spread      *report.Number `json:"spread_over_error,omitempty"`
	Evaluations int64          `json:"network_evaluations_per_image,omitempty"`
	Seconds     float64        `json:"seconds_per_image,omitempty"`
}

// TableOutcome holds the means of a table, and what they follow from.
type TableOutcome struct {
	Command string         `json:"command"`
	Prior   string         `json:"prior"`
	Images  string         `json:"images"`
	Seed    uint64         `json:"seed"`
	Samples int            `json:"samples"`
	Machine map[string]any `json:"machine"`
	Tasks   []taskOutcome  `json:"tasks"`
	Methods []settings     `json:"methods"`
	Lines   []TableLine    `json:"lines"`

	tasks []task
	file  string
}

type taskOutcome struct {
	Name     string          `json:"name"`
	Operator json.RawMessage `json:"operator"`
	Sigma    float64         `json:"sigma"`
	Baseline string          `json:"baseline"`
}

type settings struct {
	Name   string       `json:"name"`
	Config infer.Method `json:"config"`
}

// lines sums up results: for each task the plain restoration, then the methods.
func (t *table) lines(results []caseResult) []TableLine {
	var out []TableLine
	for _, task := range t.tasks {
		for k, m := range t.methods {
			var of []caseResult
			for _, r := range results {
				if r.Task == task.name && r.Method == m.Name() {
					of = append(of, r)
				}
			}
			if len(of) == 0 {
				continue
			}
			if k == 0 {
				out = append(out, TableLine{Task: task.name, Method: task.baseline, Images: len(of),
					PSNR: meanOf(of, func(r caseResult) float64 { return *r.Plain.PSNR }), SSIM: meanOf(of, func(r caseResult) float64 { return *r.Plain.SSIM })})
			}
			out = append(out, lineOf(task.name, m.Name(), of))
		}
	}
	return out
}

func lineOf(task, method string, of []caseResult) TableLine {
	gain := meanOf(of, func(r caseResult) float64 { return r.Gain })
	chi2 := meanOf(of, func(r caseResult) float64 { return r.Chi2 })
	l := TableLine{Task: task, Method: method, Images: len(of), Gain: &gain, Chi2: &chi2,
		PSNR: meanOf(of, func(r caseResult) float64 { return r.PSNR }), SSIM: meanOf(of, func(r caseResult) float64 { return r.SSIM })}
	var variances, errors []float64
	for _, r := range of {
		variances, errors = append(variances, r.Variance), append(errors, r.Error)
		l.Evaluations += r.Evaluations / int64(len(of))
		l.Seconds += r.Seconds / float64(len(of))
	}
	spread := report.NumberOf(eval.RootRatio(variances, errors))
	l.Spread = &spread
	return l
}

func meanOf(of []caseResult, value func(caseResult) float64) report.Number {
	v := make([]float64, len(of))
	for i, r := range of {
		v[i] = value(r)
	}
	return report.NumberOf(eval.MeanOf(v))
}

// tableFile holds the table in Markdown.
const tableFile = "table.md"

// save writes results.json and table.md.
func (t *table) save(folder *disk.Folder, results []caseResult) (*TableOutcome, error) {
	out := &TableOutcome{tasks: t.tasks, file: filepath.Join(t.c.Out, tableFile), Command: t.command(), Prior: t.prior.Summary(), Images: t.what, Seed: t.c.Seed, Samples: t.c.Samples, Machine: report.Machine(), Lines: t.lines(results)}
	for _, task := range t.tasks {
		op, err := task.op.Build(t.prior.Shape())
		if err != nil {
			return nil, err
		}
		out.Tasks = append(out.Tasks, taskOutcome{task.name, report.Operator(op), task.sigma, task.baseline})
	}
	for _, m := range t.methods {
		out.Methods = append(out.Methods, settings{m.Name(), m})
	}
	if err := report.SaveJSON(folder.Path(), out); err != nil {
		return nil, err
	}
	text, err := t.markdown(out)
	if err != nil {
		return nil, err
	}
	return out, checkpoints.AtomicWriteFile(filepath.Join(folder.Path(), tableFile), writeBytes([]byte(text)))
}

// Print writes the means of every task with their standard errors.
func (o *TableOutcome) Print(w io.Writer) {
	for _, task := range o.tasks {
		fmt.Fprintf(w, "%s, noise %.3g\n%-12s %6s %15s %15s %15s %13s %13s %7s\n", task.title, task.sigma, "", "images", "PSNR dB", "over plain dB", "SSIM", "chi2/m", "spread/err", "s")
		for _, l := range o.Lines {
			if l.Task == task.name {
				cells := l.cells()
				fmt.Fprintf(w, "%-12s %6d %15s %15s %15s %13s %13s %7s\n", cells[0], l.Images, cells[1], cells[2], cells[3], cells[4], cells[5], cells[7])
			}
		}
	}
	fmt.Fprintf(w, "means with standard errors over the images; written: %s\n", o.file)
}

// cells returns the line as text: method, PSNR, gain, SSIM, chi^2, spread, evaluations, seconds.
func (l TableLine) cells() []string {
	c := []string{l.Method, l.PSNR.Text("%.2f"), "", l.SSIM.Text("%.3f"), "", "", "", ""}
	if l.Gain != nil {
		c[0] = infer.Title(l.Method)
		c[2], c[4], c[5] = l.Gain.Text("%+.2f"), l.Chi2.Text("%.2f"), l.Spread.Text("%.2f")
		c[6], c[7] = fmt.Sprint(l.Evaluations), fmt.Sprintf("%.1f", l.Seconds)
	}
	return c
}

// markdown returns table.md: the table of each task with all that it follows from.
func (t *table) markdown(out *TableOutcome) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# Three methods on %d images\n\nMade by\n\n```\n%s\n```\n\nPrior: %s. Images: %s, measured once with Gaussian noise.\n"+
		"Means over the images with their standard errors. Seconds are those of the machine that made the table.\n", t.c.Images, out.Command, out.Prior, t.what)
	for k, task := range t.tasks {
		fmt.Fprintf(&b, "\n## %s\n\n%s; noise %.3g. The plain restoration is %s.\n\n"+
			"| | images | PSNR of the mean, dB | over %s, dB | SSIM | χ²/m of samples | spread/error | evaluations | s |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
			task.name, strings.ToUpper(task.title[:1])+task.title[1:], out.Tasks[k].Sigma, task.about, task.baseline)
		for _, l := range out.Lines {
			if l.Task == task.name {
				c := l.cells()
				fmt.Fprintf(&b, "| %s | %d | %s |\n", c[0], l.Images, strings.Join(c[1:], " | "))
			}
		}
	}
	fmt.Fprintf(&b, "\nχ²/m is the misfit of single samples in units of the noise, 1 at the truth. Spread/error is the root of the variance\n"+
		"that the samples predict for the error of their mean over the squared error, both averaged over pixels and images: 1 for a right\n"+
		"posterior.%s\n\n## Settings\n\n%d samples of each method.\n\n", exceptions(t.methods), t.c.Samples)
	for _, m := range out.Methods {
		text, err := json.Marshal(m.Config)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "* %s: `%s`\n", infer.Title(m.Name), text)
	}
	for _, task := range out.Tasks {
		fmt.Fprintf(&b, "* %s: `%s`\n", task.Name, task.Operator)
	}
	return b.String(), nil
}

// writeBytes returns a writer of a whole file.
func writeBytes(text []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
}
