package diffusion

import (
	"tweedie/internal/config"
)

// Ways to find the trace of the Jacobian of the ODE: exactly from all D unit vectors, or as the mean of e'Je over
// probes e of random signs or of normals (Hutchinson 1990; Skilling 1989).
const (
	ExactTrace      = "exact"
	RademacherTrace = "rademacher"
	GaussianTrace   = "gaussian"
)

// ODEConfig says how the log-density of a prior is integrated along the probability-flow ODE.
type ODEConfig struct {
	T0       float64 `json:"t0"`        // the value is that of p_t0; there is no correction to t = 0
	Solver   string  `json:"solver"`    // "euler", "heun", "rk4", "dopri5", or one of RegisterSolver
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

// DefaultODE returns Dormand-Prince with controlled steps of log t from 1e-3, at tolerances 1e-5 and 1e-7, and 16
// probes of random signs.
func DefaultODE() ODEConfig {
	return ODEConfig{T0: 1e-3, Solver: "dopri5", Grid: "log t", RTol: 1e-5, ATol: 1e-7, LTol: 1e-3, MaxSteps: 10000, Trace: RademacherTrace, Probes: 16}
}

// Kind returns "flow-density".
func (c ODEConfig) Kind() string { return "flow-density" }

// Validate returns a *FieldError that names the first field that is wrong.
func (c ODEConfig) Validate() error {
	k := config.Check(c.Kind())
	k.Float("t0", c.T0, leastTime, config.BelowOne)
	k.Name("solver", c.Solver, solvers.List()...)
	k.Int("steps", c.Steps, 0, config.MostSteps)
	k.That(c.Steps > 0 || c.tableau().Err != nil, "steps", c.Steps, "be positive: %s has no error estimate", c.Solver)
	k.Name("grid", c.Grid, "t", "log t")
	if c.Steps == 0 {
		k.Float("rtol", c.RTol, 0, 1)
		k.Float("atol", c.ATol, config.Tiny, config.Huge)
		k.Float("ltol", c.LTol, config.Tiny, config.Huge)
		k.Int("max_steps", c.MaxSteps, 1, config.MostSteps)
	}
	k.Name("trace", c.Trace, ExactTrace, RademacherTrace, GaussianTrace)
	if c.Trace != ExactTrace {
		k.Int("probes", c.Probes, 1, config.MostBatch)
	}
	k.Int("group", c.Group, 0, config.MostBatch)
	return k.Err()
}

// tableau returns the method that Solver names, one without stages when there is none.
func (c ODEConfig) tableau() Tableau {
	t, _ := solvers.Get(c.Solver)
	return t
}

// DecodeODE reads {"kind": "flow-density", "probes": 4} onto DefaultODE; an unknown field is an error.
func DecodeODE(data []byte) (ODEConfig, error) { return decode(odes, data) }

// EncodeODE writes what DecodeODE reads, with every field.
func EncodeODE(c ODEConfig) ([]byte, error) { return odes.Encode(c) }
