package train

import (
	"fmt"
	"math"

	"tweedie/autodiff"
)

// NonFiniteError says that a run met NaN or Inf and stopped. The step was undone: parameters, moments, average and data
// cursor are as they were before it.
type NonFiniteError struct {
	Step     int64   // the step that failed
	Micro    int     // its micro-batch; -1 when that is not known
	Quantity string  // "loss", "gradient", "held-out loss", or the name of a stored tensor
	Value    float64 // what was seen
	Origins  []Origin

	stored bool // the present state makes the value, not only the step tried after it
}

// Origin is the first value that was not finite when the failed step was repeated with every call watched: the first
// Inf, if there was one, and the first NaN.
type Origin struct {
	Module string         // path of the scope, or the parameter's name; "d(M.OP)" where OP of module M was differentiated
	Op     string         // op that made it; "parameter" for one that was not finite to begin with
	Shape  autodiff.Shape // of its result
	Value  float64        // NaN, +Inf or -Inf
	Input  int            // input of the op that was not finite already, as bad data is; -1 when all were
}

// Error names the step, the quantity, its value, and each origin, in one line.
func (e *NonFiniteError) Error() string {
	m := fmt.Sprintf("train: step %d: the %s is %v", e.Step, e.Quantity, e.Value)
	if e.Micro >= 0 {
		m = fmt.Sprintf("train: step %d, micro-batch %d: the %s is %v", e.Step, e.Micro, e.Quantity, e.Value)
	}
	if finite(e.Value) {
		m += ", too large to square in float32"
	}
	for _, o := range e.Origins {
		m += "; " + o.String()
	}
	return m
}

// String returns the origin as a clause of the error.
func (o Origin) String() string {
	if o.Op == "parameter" {
		return fmt.Sprintf("parameter %q %v has %v", o.Module, o.Shape, o.Value)
	}
	where := ""
	if o.Module != "" {
		where = " in module " + o.Module
	}
	if o.Input >= 0 {
		return fmt.Sprintf("op %s%s was given %v as input %d", o.Op, where, o.Value, o.Input)
	}
	return fmt.Sprintf("first %v made by op %s%s, result %v", o.Value, o.Op, where, o.Shape)
}

// firstBad returns the first element of v that is not finite, and whether there is one.
func firstBad(v autodiff.Var) (x float64, bad bool) {
	if v.DType() == autodiff.F64 {
		return firstIn(autodiff.Host[float64](v))
	}
	return firstIn(autodiff.Host[float32](v))
}

// firstIn returns the first element of s that is not finite, and whether there is one.
func firstIn[T float32 | float64](s []T) (x float64, bad bool) {
	for _, v := range s {
		if x = float64(v); x-x != 0 {
			return x, true
		}
	}
	return 0, false
}

// finite reports whether x is neither NaN nor infinite.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// detective watches the calls of a repeated step.
type detective struct{ inf, nan *Origin }

// see looks at the result of one call and keeps the first Inf and the first NaN, with the module and the op that made
// it.
func (d *detective) see(c *autodiff.Call, module string) {
	x, bad := firstBad(c.Out)
	if !bad || d.nan != nil || (d.inf != nil && !math.IsNaN(x)) {
		return
	}
	o := &Origin{Module: module, Op: c.Op().Name, Shape: c.Out.Shape(), Value: x, Input: -1}
	for i, v := range c.In {
		if y, already := firstBad(v); already && d.inf == nil {
			o.Input, o.Value = i, y
			break
		}
	}
	if math.IsNaN(x) {
		d.nan = o
	} else {
		d.inf = o
	}
}

// diagnose repeats micro-batches with every call watched and fills in e.Origins; run(j) computes micro-batch j again. A
// parameter that is not finite is the origin by itself.
func (t *Trainer) diagnose(e *NonFiniteError, micros int, run func(j int) error) *NonFiniteError {
	for _, p := range t.setup.Params {
		if x, bad := firstIn(p.Data()); bad {
			e.Origins = append(e.Origins, Origin{Module: p.Name(), Op: "parameter", Shape: p.Shape(), Value: x, Input: -1})
			return e
		}
	}
	d := &detective{}
	t.arena.Trace(d.see)
	defer t.arena.Trace(nil)
	for j := 0; j < micros && d.inf == nil && d.nan == nil; j++ {
		if run(j) != nil {
			break
		}
		if e.Micro < 0 && (d.inf != nil || d.nan != nil) {
			e.Micro = j
		}
	}
	for _, o := range []*Origin{d.inf, d.nan} {
		if o != nil {
			e.Origins = append(e.Origins, *o)
		}
	}
	return e
}
