package train

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/internal/kernel"
)

// Optimizer takes steps on the parameters that it was made for. A resumed run is equal to one that was not interrupted
// when all that Step remembers is in Slots and in the number of steps.
type Optimizer interface {
	// Step moves every parameter against its gradient with learning rate lr, and touches it: autodiff.Param.Touch.
	Step(lr float64, g *Gradients)
	// Steps counts the steps taken, and SetSteps restores the count.
	Steps() int64
	SetSteps(k int64)
	// Slots returns what the optimiser remembers from step to step, which is stored with every state.
	Slots() []Slot
}

// Slot is a moment of one parameter that an optimiser keeps.
type Slot struct {
	Name  string // "adam.m.down.0.conv1.weight"
	Shape autodiff.Shape
	Data  []float32 // the live storage
}

// slots returns one Slot for each parameter, named kind and the parameter's name.
func slots(kind string, params []*autodiff.Param, data [][]float32) []Slot {
	s := make([]Slot, len(params))
	for i, p := range params {
		s[i] = Slot{kind + "." + p.Name(), p.Shape(), data[i]}
	}
	return s
}

// zeros returns a zero slice of the size of each parameter.
func zeros(params []*autodiff.Param) [][]float32 {
	z := make([][]float32, len(params))
	for i, p := range params {
		z[i] = make([]float32, p.Shape().Size())
	}
	return z
}

// samePanic panics with a *autodiff.ValueError unless g belongs to params.
func samePanic(params []*autodiff.Param, g *Gradients) {
	for i, p := range params {
		if i >= len(g.params) || g.params[i] != p {
			panic(&autodiff.ValueError{Op: "optimizer", Msg: fmt.Sprintf("the gradients are not those of the optimiser's parameters: %q is missing at place %d", p.Name(), i)})
		}
	}
}

// Adam is the optimiser of Kingma and Ba (2015, algorithm 1) with decoupled weight decay (AdamW, Loshchilov and Hutter
// 2019, algorithm 2) and float32 moments. At step k:
//
//	m = b1 m + (1-b1) g      v = b2 v + (1-b2) g^2
//	p = p - lr ( (m/(1-b1^k)) / (sqrt(v/(1-b2^k)) + eps) + wd p )
type Adam struct {
	Beta1, Beta2, Eps float64
	WeightDecay       float64

	params []*autodiff.Param
	m, v   [][]float32
	k      int64
}

// NewAdam returns Adam with b1 = 0.9, b2 = 0.999, eps = 1e-8 and no weight decay, for the trainable parameters among
// params. Set its fields before the first step.
func NewAdam(params []*autodiff.Param) *Adam {
	params = Trainable(params)
	return &Adam{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, params: params, m: zeros(params), v: zeros(params)}
}

// Step moves every parameter against its gradient with learning rate lr. It panics with a *autodiff.ValueError when g
// belongs to other parameters.
func (a *Adam) Step(lr float64, g *Gradients) {
	samePanic(a.params, g)
	a.k++
	c1, c2 := 1-math.Pow(a.Beta1, float64(a.k)), 1-math.Pow(a.Beta2, float64(a.k))
	for i, p := range a.params {
		kernel.Adam(p.Data(), g.Of(i), a.m[i], a.v[i], lr, a.Beta1, a.Beta2, a.Eps, a.WeightDecay, c1, c2)
		p.Touch()
	}
}

// Steps returns the number of steps taken.
func (a *Adam) Steps() int64 { return a.k }

// SetSteps restores the number of steps taken, from which Adam corrects the bias of its moments.
func (a *Adam) SetSteps(k int64) { a.k = k }

// Slots returns the moments as "adam.m.NAME" and "adam.v.NAME", one pair for each parameter.
func (a *Adam) Slots() []Slot {
	return append(slots("adam.m", a.params, a.m), slots("adam.v", a.params, a.v)...)
}

// SGD is gradient descent with momentum mu and decoupled weight decay:
//
//	m = mu m + g      p = p - lr (m + wd p)
type SGD struct {
	Momentum    float64
	WeightDecay float64

	params []*autodiff.Param
	m      [][]float32
	k      int64
}

// NewSGD returns plain gradient descent for the trainable parameters among params. Set its fields before the first
// step.
func NewSGD(params []*autodiff.Param) *SGD {
	params = Trainable(params)
	return &SGD{params: params, m: zeros(params)}
}

// Step moves every parameter against its gradient with learning rate lr. It panics with a *autodiff.ValueError when g
// belongs to other parameters.
func (o *SGD) Step(lr float64, g *Gradients) {
	samePanic(o.params, g)
	o.k++
	for i, p := range o.params {
		m, d := o.m[i], p.Data()
		kernel.Affine(m, m, float32(o.Momentum), 0)
		kernel.Axpy(1, g.Of(i), m)
		if o.WeightDecay != 0 {
			kernel.Affine(d, d, float32(1-lr*o.WeightDecay), 0)
		}
		kernel.Axpy(float32(-lr), m, d)
		p.Touch()
	}
}

// Steps returns the number of steps taken.
func (o *SGD) Steps() int64 { return o.k }

// SetSteps restores the number of steps taken.
func (o *SGD) SetSteps(k int64) { o.k = k }

// Slots returns the momentum as "sgd.m.NAME", one for each parameter.
func (o *SGD) Slots() []Slot { return slots("sgd.m", o.params, o.m) }
