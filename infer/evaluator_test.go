package infer_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/layers"
	"tweedie/rng"
)

// watched is a small convolutional network that notes the batches it is given and calls back after each.
func watched(t *testing.T, batches *[]int, after func()) diffusion.Denoiser {
	t.Helper()
	conv, err := layers.NewConv(layers.Root(rng.New(8)), layers.ConvConfig{In: 1, Out: 1, Kernel: []int{3, 3}})
	if err != nil {
		t.Fatal(err)
	}
	return diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
		*batches = append(*batches, u.Shape().Dim(0))
		if len(sigma) != u.Shape().Dim(0) {
			t.Errorf("%d levels for %d images", len(sigma), u.Shape().Dim(0))
		}
		after()
		return s.Tanh(conv.Forward(s, u))
	})
}

// A batch is evaluated in parts, bit for bit as its images alone; the parts hold at most 2^15 values or 16 images.
func TestLargeBatchesAreEvaluatedInParts(t *testing.T) {
	for _, c := range []struct {
		side, images int
		want         []int
	}{{28, 100, []int{41, 41, 18}}, {28, 41, []int{41}}, {64, 35, []int{16, 16, 3}}, {4, 100, []int{100}}} {
		var batches []int
		p := &infer.Problem{Prior: watched(t, &batches, func() {}), Shape: autodiff.S(1, c.side, c.side), Affine: diffusion.Affine{Scale: 2, Shift: .5}}
		d := p.Shape.Size()
		u, got, alone := make([]float64, c.images*d), make([]float64, c.images*d), make([]float64, c.images*d)
		rng.New(1).Stream().FillNorm(u)
		e := infer.NewEvaluator(context.Background(), p)
		if err := e.Denoise(got, u, .3); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(batches, c.want) || e.Evaluations != int64(c.images) {
			t.Errorf("%d images of %d: batches %v, want %v; %d evaluations", c.images, d, batches, c.want, e.Evaluations)
		}
		one := infer.NewEvaluator(context.Background(), p)
		for lo := 0; lo < len(u); lo += d {
			if err := one.Denoise(alone[lo:lo+d], u[lo:lo+d], .3); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, alone) {
			t.Errorf("%d images of %d differ from the same ones alone", c.images, d)
		}
		if err := e.Denoise(u, u, .3); err != nil || !slices.Equal(u, got) {
			t.Errorf("in place: %v, or other numbers", err)
		}
	}
}

// What goes wrong in a later part is told with the number of the image in the run, and a context that ends between two
// parts ends the evaluation.
func TestPartsFail(t *testing.T) {
	const d, images, first = 28 * 28, 100, 5
	var batches []int
	ctx, cancel := context.WithCancel(context.Background())
	ends := false
	p := &infer.Problem{Prior: watched(t, &batches, func() {
		if ends && len(batches) == 2 {
			cancel()
		}
	}), Shape: autodiff.S(1, 28, 28), DType: autodiff.F64}
	u, dst := make([]float64, images*d), make([]float64, images*d)
	e := infer.NewEvaluator(ctx, p)
	e.First = first
	u[90*d+3] = math.NaN()
	if err := e.Denoise(dst, u, .3); err == nil || !strings.Contains(err.Error(), "in pixel 3 of sample 95") || len(batches) != 0 {
		t.Errorf("bad input: %v after the batches %v", err, batches)
	}
	u[90*d+3] = 0
	bad := p.Prior
	p.Prior = diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
		y := bad.Denoise(s, u, sigma)
		if len(batches) == 3 {
			y = s.Affine(y, math.NaN(), 0)
		}
		return y
	})
	e = infer.NewEvaluator(ctx, p)
	e.First = first
	if err := e.Denoise(dst, u, .3); err == nil || !strings.Contains(err.Error(), "the denoiser's answer is NaN in pixel 0 of sample 87") {
		t.Errorf("bad answer: %v", err)
	}
	batches, ends = nil, true
	e = infer.NewEvaluator(ctx, p)
	if err := e.Denoise(dst, u, .3); !errors.Is(err, context.Canceled) || !slices.Equal(batches, []int{41, 41}) || e.Evaluations != 82 {
		t.Errorf("cancelled in the second part: %v, batches %v, %d evaluations", err, batches, e.Evaluations)
	}
}
