// Mixer is a score network that is not part of the library: an MLP-Mixer written with the library's public packages,
// which loads weights that somebody else trained, and from then on is a prior like any other. Read mixer.go for the
// network; this file loads it and draws galaxies:
//
//	go run ./examples/mixer galaxygrad_hsc32.safetensors galaxies.npy
//
// What a network has to bring is little:
//
//  1. parameters, made at a layers.Path, and Params() that lists them;
//  2. Forward(scope, x, label), in ops of the scope: that makes it a diffusion.Network, with every derivative;
//  3. a preconditioning, which says what the output means: that makes it a diffusion.Denoiser.
//
// Samplers, log-densities by ODE or bound, training losses and every method of package infer take it from there.
// layerstest.Row puts it through the tests that the library's own layers pass; see mixer_test.go.
package main

import (
	"context"
	"fmt"
	"math"
	"os"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/layers"
	"tweedie/rng"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: mixer WEIGHTS.safetensors OUT.npy")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], 16); err != nil {
		fmt.Fprintln(os.Stderr, "mixer:", err)
		os.Exit(1)
	}
}

// Load is the published network with the weights in a file. The file also holds the horizon t1, which is not a
// parameter: it is read, compared and left out of what Load must find a place for.
func Load(path string) (*Mixer, error) {
	f, err := checkpoints.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := Galaxies()
	weights := &checkpoints.File{}
	for _, t := range f.Tensors() {
		if t.Name == "t1" {
			v, err := t.Float64s()
			if err != nil || len(v) != 1 || v[0] != c.Horizon {
				return nil, fmt.Errorf("%s: t1 is %v (%v); want %v", path, v, err, c.Horizon)
			}
			continue
		}
		if err := weights.Add(t); err != nil {
			return nil, err
		}
	}
	n, err := New(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	return n, checkpoints.Load(weights, n.Params(), checkpoints.LoadOptions{})
}

// Flux is the image of a network's value y: y = log(x + 1)/0.1 on the training images.
func Flux(y float64) float64 { return math.Expm1(.1 * y) }

// run draws n galaxies along the probability-flow ODE, dy/dt = -(y + s(y, t))/2, and writes their flux.
func run(weights, out string, n int) error {
	net, err := Load(weights)
	if err != nil {
		return err
	}
	sampler := diffusion.DefaultODESampler()
	sampler.Schedule = diffusion.AnySchedule{Schedule: net.cfg.Schedule()}
	job := diffusion.Job{Shape: autodiff.S(1, net.cfg.Side, net.cfg.Side)}
	for i := range n {
		job.Keys = append(job.Keys, rng.New(1).Split("galaxy", i))
	}
	res, err := sampler.Sample(context.Background(), net.Denoiser(), job)
	if err != nil {
		return err
	}
	for i, y := range res.X {
		res.X[i] = Flux(y)
	}
	return checkpoints.SaveNPY(out, checkpoints.FromFloat64("galaxies", []int{n, 1, net.cfg.Side, net.cfg.Side}, res.X))
}
