package infer

// Track follows one number through the rounds of a run's chains, from the round on at which they are meant to have
// forgotten their starts. Diagnostics of mixing are computed from it.
type Track struct {
	Name   string      // "log-likelihood", "pixel 12", "component 1"
	Chains [][]float64 // [chain][round]
}

// Evidence holds an estimate of log p(y), the density of the data under the prior in nats, or says why there is none.
type Evidence struct {
	Value  float64 `json:"nats"`
	StdErr float64 `json:"standard_error"` // Monte Carlo error and drift of the prior together
	Why    string  `json:"none_because,omitempty"`
}

// WeightedDraws are draws of the posterior that count in proportion to weights, before any was drawn twice.
type WeightedDraws struct {
	Samples [][]float64
	Weights []float64 // which sum to 1
}
