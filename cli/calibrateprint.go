package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"tweedie/infer"
	"tweedie/infer/calibration"
	"tweedie/internal/disk"
	"tweedie/problem"
	"tweedie/report"
)

// calibrateOutcome is results.json.
type calibrateOutcome struct {
	Problem problem.File        `json:"problem"` // from which each problem can be repeated
	Report  *calibration.Report `json:"calibration"`
	Machine map[string]any      `json:"machine"`
}

// save writes results.json and the page.
func (out calibrateOutcome) save(folder *disk.Folder, dir string) error {
	if err := report.SaveJSON(folder.Path(), out); err != nil {
		return err
	}
	page, err := report.CalibrationPage(out.Report, out.facts())
	if err != nil {
		return err
	}
	if err := page.Save(folder.Path()); err != nil {
		return err
	}
	if err := folder.Commit(); err != nil {
		return outError("--out", dir, err)
	}
	return nil
}

func (out calibrateOutcome) facts() []report.Fact {
	return append(problemFacts(out.Problem), report.Fact{Name: "seed", Value: fmt.Sprint(out.Report.Seed)}, report.Fact{Name: "kernels", Value: fmt.Sprint(out.Machine["kernels"])})
}

// problemFacts says what is measured of what images.
func problemFacts(f problem.File) []report.Fact {
	return []report.Fact{{Name: "prior", Value: f.About.Prior}, {Name: "operator", Value: string(f.Operator)}, {Name: "noise", Value: string(f.Noise)}}
}

// print writes the figures, the tests and the verdict.
func (out calibrateOutcome) print(w io.Writer, took time.Duration, dir string) {
	r := out.Report
	fmt.Fprintf(w, "%s on %s\n%d problems of %d data, %d draws of each, %.1f s\n", r.Method, out.Problem.About.Prior, r.Problems, r.Data, r.Draws, took.Seconds())
	for _, c := range report.Checks(&infer.Result{Verdicts: r.Verdicts}) {
		word := ""
		if c.Failed {
			word = "FAIL: " + c.Text
		}
		fmt.Fprintf(w, "  %-60s %-16s right: %-18s %s\n", c.Name, c.Value, c.Limits, word)
	}
	for _, fact := range report.CalibrationFacts(r) {
		fmt.Fprintf(w, "  %-60s %-16s %s\n", fact.Name, fact.Value, fact.Note)
	}
	for _, c := range r.Recalibrated {
		level, draws := report.RecalibratedText(c)
		if draws != "" {
			level += ", which needs " + draws + " draws"
		}
		fmt.Fprintf(w, "  %-60s %s\n", fmt.Sprintf("recalibrated: to hold %.0f%% take intervals of", 100*c.Coverage), level)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	fmt.Fprintf(w, "verdict: %s\nwritten: %s\n", r.Verdict, filepath.Join(dir, report.PageFile))
}
