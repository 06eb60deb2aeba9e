package noises

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/internal/config"
	"tweedie/rng"
)

// Links between a clean measurement and the mean of counts.
const (
	identityLink    = "identity"
	exponentialLink = "exponential"
)

// counts is what laws of counts have in common: k ~ Poisson(lambda), lambda = (link(clean) + background)/gain.
type counts struct {
	gain, background float64
	backgrounds      []float64
	link             string
}

func (n counts) check(c *config.Checker, m int) {
	c.Float("gain", n.gain, least, most)
	numbers(c, "background", n.background, 0, "backgrounds", n.backgrounds, m, 0, most)
	c.Name("link", n.link, identityLink, exponentialLink)
}

// mean is lambda of one entry with its logarithm, and their derivatives with respect to clean.
type mean struct{ lambda, log, dLambda, dLog float64 }

// mostExponent bounds a clean measurement of the exponential link, whose mean counts as that of the bound beyond.
const mostExponent = 600

// leastMean takes the place of a mean that is zero or negative where something is divided by it.
const leastMean = 1e-6

// at returns the mean of entry i; lambda is negative where clean is below the support.
func (n counts) at(i int, c float64) mean {
	b := own(n.background, n.backgrounds, i)
	if n.link == exponentialLink {
		c = min(c, mostExponent)
		e := math.Exp(c)
		m := mean{lambda: (e + b) / n.gain, log: c - math.Log(n.gain), dLambda: e / n.gain, dLog: 1}
		if b > 0 {
			m.log, m.dLog = math.Log((e+b)/n.gain), e/(e+b)
		}
		return m
	}
	lambda := (c + b) / n.gain
	m := mean{lambda: lambda, log: math.Log(max(lambda, 0)), dLambda: 1 / n.gain}
	if !(lambda >= 1e-100) {
		lambda = leastMean
	}
	m.dLog = 1 / (lambda * n.gain)
	return m
}

// logProbability returns log(lambda^k exp(-lambda)/k!), written around its largest value so that no digits cancel.
func (m mean) logProbability(k float64) float64 { return -m.deviance(k) - logCount(k) }

// deviance returns lambda - k + k log(k/lambda).
func (m mean) deviance(k float64) float64 {
	switch {
	case k == 0:
		return m.lambda
	case k > m.lambda/2 && k < 2*m.lambda:
		return m.lambda - k + k*math.Log1p((k-m.lambda)/m.lambda)
	}
	return m.lambda - k + k*(math.Log(k)-m.log)
}

// logCount returns log k! - k log k + k, beyond 100 by Stirling's series.
func logCount(k float64) float64 {
	switch {
	case k == 0:
		return 0
	case k < 100:
		gamma, _ := math.Lgamma(k + 1)
		return gamma - k*math.Log(k) + k
	}
	return logRoot2Pi + math.Log(k)/2 + 1/(12*k) - 1/(360*k*k*k)
}

// support returns the bounds of clean: no mean is negative.
func (n counts) support() (lo, hi float64) {
	if n.link == exponentialLink {
		return math.Inf(-1), math.Inf(1)
	}
	lowest := n.background
	for i, b := range n.backgrounds {
		if i == 0 || b < lowest {
			lowest = b
		}
	}
	return 0 - lowest, math.Inf(1)
}

// outside reports whether an entry of clean is below the support.
func (n counts) outside(clean []float64) bool {
	lo, _ := n.support()
	for _, c := range clean {
		if c < lo {
			return true
		}
	}
	return false
}

// drawCount returns a draw of k; beyond 1e15 counts, which no float64 tells from their neighbours, a normal one.
func drawCount(lambda float64, st *rng.Stream) float64 {
	switch {
	case !(lambda > 0):
		return 0
	case lambda > 1e15:
		return math.Round(lambda + math.Sqrt(lambda)*st.Norm())
	}
	return distuv.Poisson{Lambda: lambda, Src: st}.Rand()
}
