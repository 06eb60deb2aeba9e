package problem

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"tweedie/inverse"
	"tweedie/inverse/external"
	"tweedie/inverse/opcheck"
	"tweedie/rng"
)

// CheckGradient refuses an operator whose adjoint or VJP is not the transpose, where it is a program or of the caller's own: methods
// would go to a wrong answer without a word. It costs a few applications, and nothing for operators that ship.
func (p *Problem) CheckGradient(ctx context.Context) (err error) {
	defer inverse.CatchOperator(&err)
	if shipped(p.Operator) {
		return nil
	}
	lo, width := p.Prior.Spec.Range[0], p.Prior.Spec.Range[1]-p.Prior.Spec.Range[0]
	x, st := make([]float64, p.Prior.Shape().Size()), rng.New(p.file.Seed).Split("problem.gradient", 0).Stream()
	for i := range x {
		x[i] = lo + width*(0.25+0.5*st.Float64())
	}
	for _, c := range opcheck.Gradient(ctx, p.Operator, opcheck.Options{Seed: p.file.Seed, Draws: [][]float64{x}}).Checks {
		if c.Status == opcheck.Fail {
			return at("operator", fmt.Errorf("%s: %s; likely cause: %s", p.Operator.Name(), c.Text, c.Cause))
		}
	}
	return ctx.Err()
}

// shipped reports whether an operator and all that it is composed of are described by kinds of this project, and none is a program.
func shipped(op inverse.Operator) bool {
	d, ok := op.(inverse.Described)
	if !ok || d.Config() == nil {
		return false
	}
	raw, err := inverse.Encode(d.Config())
	if err != nil {
		return false
	}
	var v any
	return json.Unmarshal(raw, &v) == nil && allShipped(v)
}

// allShipped looks for kinds of operators anywhere in a description.
func allShipped(v any) bool {
	switch v := v.(type) {
	case []any:
		for _, part := range v {
			if !allShipped(part) {
				return false
			}
		}
	case map[string]any:
		if kind, ok := v["kind"].(string); ok && !ours(kind) {
			return false
		}
		for _, part := range v {
			if !allShipped(part) {
				return false
			}
		}
	}
	return true
}

// ours reports whether a kind is not one of operators that are programs or registered from elsewhere.
func ours(kind string) bool {
	c, err := inverse.DecodeConfig(fmt.Appendf(nil, `{"kind":%q}`, kind))
	if err != nil {
		return true // of something else, such as a family of networks
	}
	t := reflect.TypeOf(c)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	home := reflect.TypeFor[inverse.RestrictConfig]().PkgPath()
	return t != reflect.TypeFor[external.Config]() && (t.PkgPath() == home || strings.HasPrefix(t.PkgPath(), home+"/"))
}
