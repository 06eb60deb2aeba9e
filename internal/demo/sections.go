package demo

import (
	"fmt"
	"math"
	"path/filepath"

	"tweedie/infer"
	"tweedie/inverse/mri"
	"tweedie/inverse/optics"
	"tweedie/report"
)

// compose orders the page: the problem, the answers side by side with their numbers, each method by itself, the problem
// with the known answer (whose section is there already), and the run.
func (d *page) compose() error {
	problem, err := d.problemSection()
	if err != nil {
		return err
	}
	answers, err := d.answersSection()
	if err != nil {
		return err
	}
	sections := []report.Section{problem, answers}
	for _, r := range d.out.Methods {
		sec := report.Section{Title: infer.Title(r.Result.Method) + " in detail", Warnings: r.Result.Warnings, Notes: r.Result.Notes, Checks: report.Checks(r.Result),
			Facts: append(r.Score.Facts(r.Result), report.MethodFacts(r.Result)...), Settings: report.Settings(r.Result)}
		if len(r.Result.Trace) > 1 {
			whole, err := d.MethodSection("", "", r.Result)
			if err != nil {
				return err
			}
			sec.Plots = whole.Plots
		}
		sections = append(sections, sec)
	}
	run := report.Section{Title: "This run", Facts: []report.Fact{
		{Name: "image", Value: d.what},
		{Name: "prior", Value: d.prior.Summary()},
		{Name: "forward model", Value: string(report.Operator(d.Lik.Op))},
		{Name: "noise", Value: fmt.Sprintf("Gaussian, standard deviation %.3g; pixels lie in [%.3g, %.3g]", d.task.sigma, d.Lo, d.Hi)},
		{Name: "seed", Value: fmt.Sprint(d.c.Seed), Note: "the same seed gives the same page"},
		{Name: "kernels", Value: fmt.Sprint(d.out.Machine["kernels"])},
		{Name: "time", Value: fmt.Sprintf("%.0f s", d.out.Seconds)},
	}}
	d.html.Sections = append(append(sections, d.html.Sections...), run)
	d.html.Title = "One measurement, three answers"
	d.html.Lead = "A network that has learned what pictures of one kind look like (a score prior) helps to recover a picture from too few, noisy numbers. Three methods use the same prior and the same numbers. This page shows what each finds, and how far to trust it."
	return nil
}

// problemSection shows the truth, what was measured, and the plain restoration.
func (d *page) problemSection() (report.Section, error) {
	pics, err := d.problemPictures()
	return report.Section{Title: "The problem", Pictures: pics,
		Text: fmt.Sprintf("The task is %s. Of the %d pixels of the picture, %d noisy numbers are measured; the noise has a standard deviation of %.3g, where black to white is %.3g. The truth is used for comparison only: every method sees the measurement, the forward model and the noise level.",
			d.task.title, d.Lik.Size(), len(d.Lik.Y), d.task.sigma, d.Hi-d.Lo)}, err
}

func (d *page) problemPictures() ([]report.Picture, error) {
	truth, err := report.NewPicture("truth", d.C, d.H, d.W, d.Truth, d.Lo, d.Hi)
	if err != nil {
		return nil, err
	}
	measured, err := d.measurementPicture()
	if err != nil {
		return nil, err
	}
	plain, err := report.NewPicture(d.task.baseline, d.C, d.H, d.W, d.base, d.Lo, d.Hi)
	if err != nil {
		return nil, err
	}
	truth.Note, plain.Note = d.what, "no prior: "+d.task.about+"; PSNR "+report.Text("%.2f dB", d.plain.PSNR)
	return []report.Picture{truth, measured, plain}, nil
}

// measurementPicture shows the measurement as an image: with missing pixels black, or a map of Fourier coefficients.
func (d *page) measurementPicture() (report.Picture, error) {
	n := len(d.Lik.Y)
	switch op := d.Lik.Op.(type) {
	case *mri.DFT:
		p, err := report.HeatMap("measurement", 1, d.H, d.W, spectrum(op, d.Lik.Y, d.H, d.W, d.task.sigma))
		p.Note = fmt.Sprintf("%d numbers: sizes of the measured frequencies on a logarithmic scale, the lowest in the middle; black was not measured", n)
		return p, err
	case *optics.Inpaint:
		x := make([]float64, d.Lik.Size())
		op.Adjoint(x, d.Lik.Y)
		for _, i := range missingPixels(op) {
			x[i] = d.Lo
		}
		p, err := report.NewPicture("measurement", d.C, d.H, d.W, x, d.Lo, d.Hi)
		p.Note = fmt.Sprintf("%d noisy pixels; the %d in the box are missing", n, d.Lik.Size()-n)
		return p, err
	}
	sh := d.Lik.Op.OutShape()
	p, err := report.NewPicture("measurement", sh.Dim(0), sh.Dim(1), sh.Dim(2), d.Lik.Y, d.Lo, d.Hi)
	p.Note = fmt.Sprintf("%d noisy numbers", n)
	return p, err
}

// spectrum returns log(1 + |y|/sigma) of the first channel's frequencies with zero in the middle [H,W].
func spectrum(op *mri.DFT, y []float64, h, w int, sigma float64) []float64 {
	out := make([]float64, h*w)
	half := len(y) / 2
	for i, k := range op.Kept() {
		out[(k/w+h/2)%h*w+(k%w+w/2)%w] = math.Log1p(math.Hypot(y[i], y[half+i]) / sigma)
	}
	return out
}

// answersSection shows what the methods found, side by side, and the numbers.
func (d *page) answersSection() (report.Section, error) {
	sec := report.Section{Title: "The answers", Text: "From left to right: the mean of a method's samples, which is its best guess; how much the samples differ from pixel to pixel; and where the mean is wrong, which only the truth can tell. Where a method is honest about its doubt, the second picture is bright where the third is. On the right are single samples, each a picture that the method holds for possible."}
	var results []*infer.Result
	for _, r := range d.out.Methods {
		results = append(results, r.Result)
	}
	rows, err := d.Compare(results, 8)
	if err != nil {
		return sec, err
	}
	for i, r := range results {
		rows[i].Title, rows[i].Text = infer.Title(r.Method), about(r.Config)
	}
	sec.Rows = rows
	sec.Tables = []report.Table{d.numbers()}
	return sec, nil
}

// numbers returns the table of the page, with what its columns mean.
func (d *page) numbers() report.Table {
	base := d.task.baseline
	t := report.Table{Head: []string{"", "PSNR, dB", "over " + base + ", dB", "SSIM", "χ²/m", "spread/error", "evaluations", "seconds"},
		Rows: [][]string{{base, report.Text("%.2f", d.plain.PSNR), "", report.Text("%.3f", d.plain.SSIM), "", "", "", ""}},
		Notes: []report.Fact{
			{Name: "PSNR", Value: "closeness of the mean to the truth: 20 log10(range / RMS error); 6 dB halve the error"},
			{Name: "over " + base, Value: "how much closer than the plain restoration, " + d.task.about},
			{Name: "SSIM", Value: "likeness of structure to the truth, at most 1"},
			{Name: "χ²/m", Value: fmt.Sprintf("misfit of the samples to the %d numbers in units of the noise: 1 ± %.2f at the truth; far below 1 the noise was fitted as well, far above 1 the data were not", len(d.Lik.Y), math.Sqrt(2/float64(len(d.Lik.Y))))},
			{Name: "spread/error", Value: "what the samples say of the error over the error: 1 for an honest posterior, below it for one that is too sure (one picture tells it roughly)." + exceptions(d.methods)},
			{Name: "evaluations", Value: "of the network, one for each image, derivatives included: the cost that does not depend on the machine"},
		}}
	for _, r := range d.out.Methods {
		t.Rows = append(t.Rows, []string{infer.Title(r.Result.Method), report.Text("%.2f", r.Score.PSNR), report.Text("%+.2f", r.Gain), report.Text("%.3f", r.Score.SSIM),
			fmt.Sprintf("%.2f", r.Score.SampleChi2), report.Text("%.2f", r.Score.SpreadOverRM), fmt.Sprint(r.Result.Evaluations), fmt.Sprintf("%.1f", r.Result.Elapsed.Seconds())})
	}
	return t
}

// problemFiles names the pictures of the problem, in the order of problemPictures.
var problemFiles = []string{"truth.png", "measurement.png", "baseline.png"}

// saveProblem writes the pictures of the problem.
func (d *page) saveProblem() error {
	pics, err := d.problemPictures()
	if err != nil {
		return err
	}
	for i, name := range problemFiles {
		if err := report.SavePNG(filepath.Join(d.folder.Path(), name), pics[i].Scaled(256)); err != nil {
			return err
		}
	}
	return nil
}
