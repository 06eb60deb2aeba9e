package diffusion_test

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/rng"
)

// The log-density at the mean of a prior, along the probability-flow ODE and exactly.
func ExampleODEPrior() {
	g, _ := exact.NewDiagonalGaussian([]float64{.5, .5}, []float64{.25, .25})
	c := diffusion.DefaultODE()
	c.Trace = diffusion.ExactTrace
	p := &diffusion.ODEPrior{Denoiser: g, Schedule: diffusion.DefaultVP(), Shape: autodiff.S(2), Config: c}
	d, err := p.LogDensity(context.Background(), []float64{.5, .5}, nil)
	fmt.Printf("%.2f %.2f %v\n", d.LogProb[0], g.LogDensity([]float64{.5, .5}, 0), err)
	// Output: -0.45 -0.45 <nil>
}

// A schedule from a description: a field that is absent keeps its default, and a wrong one is an error.
func ExampleDecodeSchedule() {
	s, err := diffusion.DecodeSchedule([]byte(`{"kind": "vp", "beta1": 10}`))
	fmt.Printf("%+v %v\n", s, err)
	_, err = diffusion.DecodeSchedule([]byte(`{"kind": "vp", "beta1": -1}`))
	fmt.Println(err)
	// Output:
	// {Beta0:0.1 Beta1:10} <nil>
	// vp: beta1 is -1; it must lie between 0.1 and 100
}

// Two samples of a mixture by EDM's sampler, with one key for each: a sample is the same alone and among others.
func ExampleHeun() {
	a, _ := exact.NewDiagonalGaussian([]float64{-1}, []float64{.01})
	b, _ := exact.NewDiagonalGaussian([]float64{1}, []float64{.01})
	prior, _ := exact.NewMixture(nil, a, b)
	job := diffusion.Job{Shape: autodiff.S(1), DType: autodiff.F64}
	for i := range 2 {
		job.Keys = append(job.Keys, rng.New(1).Split("sample", i))
	}
	res, err := diffusion.DefaultHeun().Sample(context.Background(), prior, job)
	fmt.Println(len(res.X), res.Evaluations, err)
	// Output: 2 35 <nil>
}

// A network that predicts the noise of a VP process becomes a denoiser with a score.
func ExamplePreconditioned() {
	// What a perfect network returns for data that are all zero: x_t is nothing but noise.
	net := diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		vp := diffusion.DefaultVP()
		return s.Scale(x, 1/vp.Sigma(label[0]/999))
	})
	d := diffusion.Preconditioned{Net: net, Prec: diffusion.Eps{Levels: diffusion.Continuous{Schedule: diffusion.DefaultVP(), Scale: 999}}}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	u := s.Full(autodiff.S(1, 1), 2)
	fmt.Printf("%.3f %.3f\n", d.Denoise(s, u, []float64{1}).Scalar(), d.Score(s, u, []float64{1}).Scalar())
	// Output: 0.000 -2.000
}
