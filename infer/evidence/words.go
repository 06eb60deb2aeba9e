package evidence

import (
	"fmt"
	"math"

	"tweedie/inverse"
)

// unlike is how many standard errors a Bayes factor must be from 1 to tell priors apart.
const unlike = 2

// words returns the verdict.
func (r *Report) words() string {
	best := r.Entries[0]
	switch {
	case best.Nats == nil:
		return "there is no evidence to compare"
	case len(r.Entries) == 1:
		return fmt.Sprintf("log p(y) is %s under %s; name more priors to compare it", best.Text(), best.Prior)
	}
	var open, beaten, known int // factors of the best: none, or not told apart; told apart; all with a number
	least := math.Inf(1)
	for _, f := range r.Factors {
		if f.For != best.Prior {
			continue
		}
		switch {
		case f.Nats == nil:
			open++
		case f.Sense == AtMost || *f.Nats <= unlike*f.StdErr:
			open++
			known++
		default:
			beaten++
			known++
			least = min(least, *f.Nats)
		}
	}
	switch {
	case known == 0:
		return fmt.Sprintf("%s has the largest number, %s, and can be compared with no other", best.Prior, best.Text())
	case open == 0:
		return fmt.Sprintf("%s explains the data best: they are at least e^%.3g times as probable under it as under any other", best.Prior, least)
	case beaten == 0:
		return fmt.Sprintf("the data do not tell %s from the others beyond the errors", best.Prior)
	}
	return fmt.Sprintf("%s explains the data best of those that can be told apart: it beats %d of %d others, and %d are left open", best.Prior, beaten, len(r.Entries)-1, open)
}

// Text returns the number with its error, or why there is none.
func (e Entry) Text() string {
	if e.Nats == nil {
		return "none, because " + e.Why
	}
	return number("", *e.Nats, e.StdErr, e.Bound)
}

// Text returns the number with its error, or why there is none.
func (f Factor) Text() string {
	if f.Nats == nil {
		return "none, because " + f.Why
	}
	sense := ""
	if f.Sense != About {
		sense = f.Sense + " "
	}
	return number(sense, *f.Nats, f.StdErr, false)
}

func number(sense string, nats, se float64, bound bool) string {
	if bound {
		sense = "at least "
	}
	if se == 0 {
		return fmt.Sprintf("%s%.6g", sense, nats)
	}
	return fmt.Sprintf("%s%.5g ± %.2g", sense, nats, se)
}

// notes says what the numbers are.
func notes(candidates []Candidate) []string {
	p := candidates[0].Problem
	what := fmt.Sprintf("numbers are logarithms of the density of %d data, in nats, with every constant of the noise's law: they change with the units of the data, their differences do not", len(p.Likelihood.Y))
	if _, discrete := p.Likelihood.Noise.(inverse.Discrete); discrete {
		what = fmt.Sprintf("numbers are logarithms of the probability of %d data, in nats, with every constant of the noise's law", len(p.Likelihood.Y))
	}
	return []string{what}
}
