package inverse_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// EveryConfig describes an operator of one's own: it measures every Step-th number of an image.
type EveryConfig struct {
	Step int `json:"step"`
}

func (EveryConfig) Kind() string { return "every" }

func (c EveryConfig) Validate(in autodiff.Shape) error {
	if c.Step < 1 || c.Step > in.Size() {
		return &inverse.FieldError{Kind: "every", Field: "step", Problem: fmt.Sprintf("is %d; it must lie between 1 and %d", c.Step, in.Size())}
	}
	return nil
}

func (c EveryConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	out := autodiff.S((in.Size() + c.Step - 1) / c.Step)
	return &Every{Base: inverse.BaseOf(c, in, out), step: c.Step}, nil
}

// Every has its name, shapes and description from Base.
type Every struct {
	inverse.Base
	step int
}

func (o *Every) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for i := range dst {
		dst[i] = x[i*o.step]
	}
}

func (o *Every) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	clear(dst)
	for i, v := range y {
		dst[i*o.step] = v
	}
}

func init() { inverse.Register(EveryConfig{Step: 2}) }

// An operator of one's own is registered by its configuration, and then read from JSON like any other.
func ExampleRegister() {
	op, err := inverse.Decode([]byte(`{"kind": "scale", "factor": 10, "op": {"kind": "every", "step": 3}}`), autodiff.S(1, 2, 4))
	if err != nil {
		fmt.Println(err)
		return
	}
	y := make([]float64, op.OutShape().Size())
	op.Apply(y, []float64{0, 1, 2, 3, 4, 5, 6, 7})
	fmt.Println(y)
	_, err = inverse.Decode([]byte(`{"kind": "every", "step": 0}`), autodiff.S(1, 2, 4))
	fmt.Println(err)
	// Output:
	// [0 30 60]
	// every: step is 0; it must lie between 1 and 8
}
