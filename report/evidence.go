package report

import (
	"fmt"

	"tweedie/infer/evidence"
)

// EvidencePage shows the log evidence of priors, their Bayes factors, and what these numbers mean. The facts are of the problem.
func EvidencePage(r *evidence.Report, facts []Fact) Page {
	numbers := Table{Head: []string{"prior", "log p(y), nats", "by"}}
	var warnings, notes []string
	for _, e := range r.Entries {
		value := e.Text()
		if e.Nats == nil {
			value = "none"
			notes = append(notes, e.Prior+": no evidence, because "+e.Why)
		}
		by := e.By
		if e.Bound {
			by += ", a lower bound"
		}
		numbers.Rows = append(numbers.Rows, []string{e.Prior, value, by})
		for _, w := range e.Warnings {
			warnings = append(warnings, e.Prior+": "+w)
		}
		for _, n := range e.Notes {
			notes = append(notes, e.Prior+": "+n)
		}
	}
	factors := Table{Head: []string{"for", "against", "log Bayes factor, nats"}}
	for _, f := range r.Factors {
		factors.Rows = append(factors.Rows, []string{f.For, f.Against, f.Text()})
	}
	sections := []Section{{Title: "Verdict", Text: r.Verdict + ".", Warnings: warnings, Tables: []Table{numbers}, Notes: append(notes, r.Notes...)}}
	if len(r.Factors) > 0 {
		sections = append(sections, Section{Title: "Bayes factors", Tables: []Table{factors},
			Text: "A log Bayes factor of b says that the data are e^b times as probable under the one prior as under the other: 1 is hardly worth a mention, 3 is 20 to 1, 5 is 148 to 1. Its error joins those of both."})
	}
	return Page{Title: "tweedie evidence", Facts: facts, Sections: append(sections, meaning(r)),
		Lead: fmt.Sprintf("How probable %d data are under each prior: log p(y), the logarithm of the likelihood averaged over the prior's images.", r.Data)}
}

// meaning says what the numbers mean, and when they may not be compared.
func meaning(r *evidence.Report) Section {
	return Section{Title: "What the numbers mean", Facts: []Fact{
		{Name: "of one measurement", Value: "Numbers may be compared where the data, the operator and the noise are the same, and their units; the command sees to it."},
		{Name: "of whole priors", Value: "A prior that allows much spreads its probability thin: the number rewards one that foretells these data, not the one that can fit them closest."},
		{Name: "values of images", Value: "One value must mean the same to all priors. A network of images from 0 to 1 and one of images from -1 to 1 see other operators, and get no factor; of a closed form the range is for show, and its units are yours to check."},
		{Name: "dequantised or not", Value: "Networks trained on 8-bit pictures as they are, and such with noise within a step of 1/256 of the range added, differ at that scale. With noise in the data well above a step of the pixels it makes no difference; below it, it may make all."},
		{Name: "size of images", Value: "Priors of images of other shapes are refused."},
		{Name: "errors", Value: "An estimate has its standard error; a run that has no number says why. A lower bound, as DPI's ELBO, may lie any number of nats below; a factor of it is one-sided, and of two bounds there is none."},
		{Name: "seed", Value: fmt.Sprint(r.Seed)},
	}}
}
