package diffusion

import (
	"slices"

	"tweedie/internal/config"
)

// Ways to find the trace of the flow's Jacobian: all D unit vectors, or the mean of e'Je over probes e of random signs
// or normals (Hutchinson 1990; Skilling 1989).
const (
	ExactTrace = "exact"
	Rademacher = "rademacher"
	Normal     = "gaussian"
)

// FlowConfig says how the log-density of a prior is integrated along the probability flow.
type FlowConfig struct {
	T0       float64 `json:"t0"`        // the value is that of p_t0; there is no correction to t = 0
	Solver   string  `json:"solver"`    // "euler", "heun", "rk4" or "dopri5"
	Steps    int     `json:"steps"`     // fixed steps; 0 controls the steps of each sample (dopri5)
	Grid     string  `json:"grid"`      // steps are of "t" or of "log t"
	RTol     float64 `json:"rtol"`      // relative tolerance of x in a step
	ATol     float64 `json:"atol"`      // absolute tolerance of x in a step
	LTol     float64 `json:"ltol"`      // tolerance of the log-density in a step, nats
	MaxSteps int     `json:"max_steps"` // of one sample
	Trace    string  `json:"trace"`     // "exact", "rademacher" or "gaussian"
	Probes   int     `json:"probes"`    // directions of a sample, unless the trace is exact
	Group    int     `json:"group"`     // probes differentiated at once in a gradient, which takes memory; 0 is all
	Adjoint  bool    `json:"adjoint"`   // gradients by the continuous adjoint instead of the discretised solve
}

// DefaultFlow is 16 sign probes and Dormand-Prince at tolerances 1e-5 and 1e-7 in log t from 1e-3.
func DefaultFlow() FlowConfig {
	return FlowConfig{T0: 1e-3, Solver: "dopri5", Grid: "log t", RTol: 1e-5, ATol: 1e-7, LTol: 1e-3, MaxSteps: 10000, Trace: Rademacher, Probes: 16}
}

// Kind is "flow-density".
func (c FlowConfig) Kind() string { return "flow-density" }

// Validate returns a *FieldError naming the first field that is wrong.
func (c FlowConfig) Validate() error {
	fail := func(field, format string, args ...any) error { return config.Errorf(c.Kind(), field, format, args...) }
	tab := c.tableau()
	switch {
	case !(c.T0 > 0 && c.T0 < 1):
		return fail("t0", "%g must lie in (0, 1)", c.T0)
	case tab.B == nil:
		return fail("solver", "%q is none of euler, heun, rk4, dopri5", c.Solver)
	case c.Steps < 0:
		return fail("steps", "%d must not be negative", c.Steps)
	case c.Steps == 0 && tab.Err == nil:
		return fail("steps", "%s has no error estimate; it needs a number of steps", c.Solver)
	case c.Grid != "t" && c.Grid != "log t":
		return fail("grid", "%q is neither \"t\" nor \"log t\"", c.Grid)
	case c.Steps == 0 && !(finite(c.RTol) && c.RTol >= 0):
		return fail("rtol", "%g must be finite and not negative", c.RTol)
	case c.Steps == 0 && !(finite(c.ATol) && c.ATol > 0):
		return fail("atol", "%g must be positive", c.ATol)
	case c.Steps == 0 && !(finite(c.LTol) && c.LTol > 0):
		return fail("ltol", "%g must be positive", c.LTol)
	case c.Steps == 0 && c.MaxSteps < 1:
		return fail("max_steps", "%d must be positive", c.MaxSteps)
	case !slices.Contains([]string{ExactTrace, Rademacher, Normal}, c.Trace):
		return fail("trace", "%q is none of exact, rademacher, gaussian", c.Trace)
	case c.Trace != ExactTrace && c.Probes < 1:
		return fail("probes", "%d must be positive", c.Probes)
	case c.Group < 0:
		return fail("group", "%d must not be negative", c.Group)
	}
	return nil
}

func (c FlowConfig) tableau() Tableau {
	for _, t := range Tableaus() {
		if t.Name == c.Solver {
			return t
		}
	}
	return Tableau{}
}

// DecodeFlow reads {"kind": "flow-density", "probes": 4} onto the defaults; unknown fields are errors.
func DecodeFlow(data []byte) (FlowConfig, error) { return decode(flows, data) }

// EncodeFlow writes what DecodeFlow reads, with every field.
func EncodeFlow(c FlowConfig) ([]byte, error) { return flows.Encode(c) }
