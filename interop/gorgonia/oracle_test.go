package gorgonia_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	_ "tweedie/diffusion" // defines ops
	_ "tweedie/flows"     // defines ops
	"tweedie/internal/testkit"
	interop "tweedie/interop/gorgonia"
	_ "tweedie/unet" // defines ops
)

func rows() []row {
	return slices.Concat(elementwiseRows(), pairRows(), reductionRows(), shapeRows(), convRows(), linearRows(), normRows())
}

// TestGradientsAgreeWithGorgonia holds every op to a row of the comparison or an entry in Skipped, and not both.
func TestGradientsAgreeWithGorgonia(t *testing.T) {
	compared, inRules := map[string]bool{}, map[string]bool{}
	for _, c := range rows() {
		used := interop.Check(t, c)
		maps.Copy(compared, used.Compared)
		maps.Copy(inRules, used.InRules)
	}
	skipped := map[string]interop.Skip{}
	for _, s := range interop.Skipped {
		if skipped[s.Op] != (interop.Skip{}) || s.Why == "" {
			t.Errorf("op %q stands in Skipped twice or without a reason", s.Op)
		}
		skipped[s.Op] = s
	}
	defined := map[string]bool{}
	for _, op := range autodiff.Ops() {
		s, skip := skipped[op.Name]
		defined[op.Name] = true
		switch {
		case strings.HasPrefix(op.Name, "test."):
		case compared[op.Name] && skip:
			t.Errorf("op %q is compared and stands in Skipped", op.Name)
		case !compared[op.Name] && !skip:
			t.Errorf("op %q has neither a row here nor an entry in Skipped", op.Name)
		case s.InRules && !inRules[op.Name]:
			t.Errorf("no rule of a compared op runs %q", op.Name)
		}
	}
	for op := range skipped {
		if !defined[op] {
			t.Errorf("Skipped names %q, which is no op", op)
		}
	}
}

func TestCheckFindsAWrongGradient(t *testing.T) {
	twice := autodiff.Define(autodiff.Op{
		Name:  "test.twice",
		Infer: func(c *autodiff.Call) autodiff.Shape { return c.In[0].Shape() },
		Eval: func(c *autodiff.Call) {
			for i, v := range autodiff.Host[float64](c.In[0]) {
				autodiff.Host[float64](c.Out)[i] = 2 * v
			}
		},
		Linear: true,
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			grads[0] = ct // the factor 2 is missing
		},
	})
	var r testkit.Recorder
	interop.Check(&r, row{Name: "twice", In: []autodiff.Shape{autodiff.S(3)},
		Ours:   one(func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return s.Apply(twice, autodiff.Attr{}, x) }),
		Theirs: func(x []node) node { return times(x[0], 2) }})
	if len(r) != 1 || !strings.Contains(r[0], "element 0 of the gradient in input 0") {
		t.Errorf("the report is %q", r)
	}
}
