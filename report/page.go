package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"math"
	"time"

	"tweedie/infer"
)

// Page holds the content of report.html.
type Page struct {
	Title    string
	Lead     string // one paragraph: what was done, in words
	Facts    []Fact // the run as a whole: seed, prior, operator, noise, machine
	Sections []Section
}

// Section shows one problem or one method.
type Section struct {
	Title    string
	Text     string
	Pictures []Picture // truth, measurement, mean, ...
	Rows     []Row
	Tables   []Table
	Samples  []Picture
	Plots    []Plot
	Facts    []Fact
	Checks   []Check
	Warnings []string
	Notes    []string // what a method chose, and why
	Settings string   // that the method ran with, folded up
}

// Row holds pictures that belong together, such as what one method found; a section shows row below row.
type Row struct {
	Title, Text       string
	Pictures, Samples []Picture
}

// Table holds numbers in columns. The first column names the row; Notes say what the columns mean.
type Table struct {
	Head  []string
	Rows  [][]string
	Notes []Fact
}

// Fact holds a name and a value to print.
type Fact struct {
	Name, Value, Note string
}

// MethodFacts returns the numbers that the result of every method has.
// A nil result has none.
func MethodFacts(r *infer.Result) []Fact {
	if r == nil {
		return nil
	}
	samples := fmt.Sprint(len(r.Samples))
	if r.Distinct > 0 {
		samples += fmt.Sprintf(", %d of them distinct", r.Distinct)
	}
	facts := []Fact{
		{Name: "samples", Value: samples},
		{Name: "network evaluations", Value: fmt.Sprint(r.Evaluations), Note: "one per image"},
		{Name: "time", Value: r.Elapsed.Round(time.Millisecond).String()},
	}
	return append(facts, Findings(r)...)
}

// Findings returns the log evidence of a result, where its method estimates one, and the numbers that the method tells of
// its run. A nil result has none.
func Findings(r *infer.Result) []Fact {
	if r == nil {
		return nil
	}
	var facts []Fact
	if e := r.Evidence; e != nil && e.Why != "" {
		facts = append(facts, Fact{"log evidence", "none", e.Why})
	} else if e != nil {
		facts = append(facts, Fact{"log evidence", fmt.Sprintf("%.5g ± %.2g", e.Value, e.StdErr), "log p(y) in nats, under this prior"})
	}
	for _, d := range r.Diagnostics {
		v := fmt.Sprintf("%.4g", d.Value)
		if math.IsNaN(d.Value) || math.IsInf(d.Value, 0) {
			v = "not defined"
		} else if d.StdErr > 0 {
			v += fmt.Sprintf(" ± %.2g", d.StdErr)
		}
		facts = append(facts, Fact{d.Name, v, d.Note})
	}
	return facts
}

// Settings returns the config that a result was made with, its zeros filled in where its method does so, as JSON. A nil
// result, or one without a config, has none.
func Settings(r *infer.Result) string {
	if r == nil || r.Config == nil {
		return ""
	}
	text, err := json.MarshalIndent(r.Config, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"uri": func(p Picture) (template.URL, error) { return p.DataURI() },
	"svg": func(p Plot) (template.HTML, error) { return p.inline() },
}).Parse(pageSource))

// Write renders the page; it refers to no other file and no network.
func (p Page) Write(w io.Writer) error { return pageTemplate.Execute(w, p) }
