package layerstest_test

import (
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
)

type module []*autodiff.Param

func (m module) Params() []*autodiff.Param { return m }

// wrong returns a row for y = w x^2 with one fault.
func wrong(fault string) layerstest.Row {
	return layerstest.Row{Name: "Square " + fault, In: []autodiff.Shape{autodiff.S(3, 2)},
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			if fault == "construction" {
				return nil, nil, p.Errorf("square", "cannot be made")
			}
			w := p.Param("weight", autodiff.S(2), layers.Constant(1))
			m := module{w}
			if fault == "name" {
				m = append(m, p.Param("weight", autodiff.S(2), layers.Constant(1)))
			}
			return m, func(s *autodiff.Scope, x []autodiff.Var, _ int) autodiff.Var {
				c := s.Enter(p.Local())
				if fault == "leak" {
					c = s
				}
				v := c.Param(w)
				if fault == "param" {
					v = c.StopGradient(v)
				}
				a, b := x[0], x[0]
				if fault == "input" {
					b = c.StopGradient(b)
				}
				y := c.Mul(v, c.Mul(a, b))
				if fault == "second" { // the gradient 2wx is right, its derivative is not
					y = c.Mul(c.Mul(c.StopGradient(x[0]), x[0]), c.Scale(v, 2))
					y = c.Sub(y, c.StopGradient(c.Scale(y, 0.5)))
				}
				if fault == "batch" {
					y = c.Add(y, c.Mean(y, 0))
				}
				if fault == "panic" {
					y = c.Add(y, c.Zeros(autodiff.S(5)))
				}
				if c != s {
					c.Close(y)
				}
				return y
			}, nil
		}}
}

func TestCheckAcceptsAndRejects(t *testing.T) {
	for fault, want := range map[string]string{
		"":             "",
		"construction": "cannot be made",
		"name":         "name of its own",
		"leak":         "leaves",
		"param":        "in the parameters",
		"input":        "reverse",
		"second":       "over",
		"batch":        "alone",
		"panic":        "do not broadcast",
	} {
		var r testkit.Recorder
		layerstest.Check(&r, wrong(fault))
		all := strings.Join(r, "\n")
		if want == "" && all != "" {
			t.Errorf("a right layer is rejected: %s", all)
		}
		if !strings.Contains(all, want) {
			t.Errorf("fault %q: errors %q do not mention %q", fault, all, want)
		}
	}
}

func TestMissing(t *testing.T) {
	types, err := layerstest.Types("..", "Forward")
	if err != nil || len(types) < 10 {
		t.Fatalf("types %v, %v", types, err)
	}
	for _, typ := range types {
		if typ == "Path" || typ == "MLPConfig" {
			t.Errorf("%s has no Forward", typ)
		}
	}
	missing, err := layerstest.Missing("..", types[1:], "Forward")
	if err != nil || len(missing) != 1 || missing[0] != types[0] {
		t.Errorf("missing %v (%v), want %s", missing, err, types[0])
	}
	if _, err := layerstest.Types("nowhere"); err != nil {
		t.Errorf("an empty folder has no types and no error: %v", err)
	}
}
