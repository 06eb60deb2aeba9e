package train

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/kernel"
)

// EMA is the exponential moving average of the trainable parameters, started at their values and kept in float64:
// in float32 a slow average stops moving once (1-beta)(p-e) falls below the last bit of e.
//
//	e = beta e + (1-beta) p
type EMA struct {
	HalfLife float64 // images after which a weight's share has halved
	Ramp     float64 // warm-up: the half-life is at most Ramp times the images seen; 0 for none

	params []*autodiff.Param
	avg    [][]float64
	aside  [][]float32 // the weights while the average is swapped in
	in     bool
}

// NewEMA returns an average of the trainable parameters among params, which starts at their present values. halfLife is
// in images; ramp bounds it by a fraction of the images seen, 0 for no bound.
func NewEMA(params []*autodiff.Param, halfLife, ramp float64) *EMA {
	e := &EMA{HalfLife: halfLife, Ramp: ramp, params: Trainable(params)}
	for _, p := range e.params {
		a := make([]float64, p.Shape().Size())
		for i, x := range p.Data() {
			a[i] = float64(x)
		}
		e.avg = append(e.avg, a)
		e.aside = append(e.aside, make([]float32, len(a)))
	}
	return e
}

// HalfLife returns the half-life in images of an average that decays by the given factor in each step of batch images,
// batch ln(1/2) / ln(decay).
func HalfLife(decay float64, batch int) float64 {
	return float64(batch) * math.Log(0.5) / math.Log(decay)
}

// Decay returns the factor beta of a step of batch images after which images were seen in all: 2^(-batch/h), h =
// min(HalfLife, Ramp images).
func (e *EMA) Decay(batch int, images int64) float64 {
	h := e.HalfLife
	if e.Ramp > 0 {
		h = min(h, e.Ramp*float64(images))
	}
	return math.Exp2(-float64(batch) / h)
}

// Update moves the average towards the weights after a step of batch images; images counts all images seen, this step's
// included. It panics with a *autodiff.ValueError while the average is swapped in.
func (e *EMA) Update(batch int, images int64) { e.Mix(e.Decay(batch, images)) }

// Mix takes one step of the recursion e = beta e + (1-beta) p with the given beta. It panics with a
// *autodiff.ValueError while the average is swapped in.
func (e *EMA) Mix(beta float64) {
	e.outside("mix")
	for i, p := range e.params {
		kernel.Mix(e.avg[i], p.Data(), beta)
	}
}

// Of returns the average of the i-th trainable parameter in row-major order. It returns the storage of the average, not
// a copy: a write to it changes the average.
func (e *EMA) Of(i int) []float64 { return e.avg[i] }

// SwapIn replaces the weights by the average, rounded to float32, and keeps them aside bit for bit. It panics with a
// *autodiff.ValueError when the average is in already.
func (e *EMA) SwapIn() {
	e.outside("swap in")
	e.in = true
	for i, p := range e.params {
		copy(e.aside[i], p.Data())
		for k, a := range e.avg[i] {
			p.Data()[k] = float32(a)
		}
		p.Touch()
	}
}

// SwapOut puts the weights back. It panics with a *autodiff.ValueError when the average is not in.
func (e *EMA) SwapOut() {
	if !e.in {
		panic(&autodiff.ValueError{Op: "ema", Msg: "swap out: the average is not swapped in"})
	}
	e.in = false
	for i, p := range e.params {
		copy(p.Data(), e.aside[i])
		p.Touch()
	}
}

// outside panics with a *autodiff.ValueError while the average is swapped in. what names the call.
func (e *EMA) outside(what string) {
	if e.in {
		panic(&autodiff.ValueError{Op: "ema", Msg: what + ": the average is swapped in; swap it out first"})
	}
}
