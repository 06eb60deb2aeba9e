package report_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/report"
)

// Maps of results that are compared share a scale, the largest value of all, and say their own.
func TestCompare(t *testing.T) {
	s, a := subject(t)
	b := &infer.Result{Method: "dpnp", Samples: a.Samples, Mean: s.Truth, Std: make([]float64, len(a.Std)), Spread: infer.PosteriorSpread}
	b.Std[5] = .4
	rows, err := s.Compare([]*infer.Result{a, b}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].Title != "red-diff" || len(rows[0].Samples) != 1 || len(rows[1].Pictures) != 3 {
		t.Fatalf("rows are %+v", rows)
	}
	for i, row := range rows {
		if spread, e := row.Pictures[1].Hi, row.Pictures[2].Hi; spread != .4 || math.Abs(e-.1) > 1e-12 {
			t.Errorf("row %d goes to %v and %v; want .4 and .1", i, spread, e)
		}
	}
	if note := rows[0].Pictures[1].Note; note != "up to 0.1; white is 0.4" {
		t.Errorf("the note is %q", note)
	}
	sec := report.Section{Title: "answers", Rows: rows, Tables: []report.Table{{Head: []string{"", "PSNR"}, Rows: [][]string{{"<DPnP>", "20.1"}}, Notes: []report.Fact{{Name: "PSNR", Value: "closeness"}}}}}
	var page bytes.Buffer
	if err := (report.Page{Sections: []report.Section{sec}}).Write(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<th>PSNR</th>", "<td>&lt;DPnP&gt;</td><td>20.1</td>", "<td>closeness</td>", "<h3>dpnp</h3>", infer.RestartSpread} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	if n := strings.Count(page.String(), "data:image/png"); n != 8 {
		t.Errorf("the page holds %d pictures, not 3 + 1 for each of two rows", n)
	}
}

// A diagnostic that is not a number is printed in words.
func TestMethodFactsOfNoNumber(t *testing.T) {
	facts := report.MethodFacts(&infer.Result{Diagnostics: []infer.Diagnostic{{Name: "slope", Value: math.NaN(), StdErr: math.NaN()}, {Name: "ELBO", Value: 1, StdErr: .5}}})
	if v := facts[len(facts)-2].Value; v != "not defined" {
		t.Errorf("NaN is printed as %q", v)
	}
	if v := facts[len(facts)-1].Value; v != "1 ± 0.5" {
		t.Errorf("1 with error .5 is printed as %q", v)
	}
}
