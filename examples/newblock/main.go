// Newblock puts a block of one's own into a published network, loads the published weights for the rest, freezes them by
// the pattern of their names, and trains only what is new. Read adapter.go for the block; this file does the rest:
//
//	go run ./examples/newblock ffhq_10m.pt config.json adapted.safetensors
//
// The steps, each of which is a few lines below:
//
//  1. build the published architecture from its config, and load the file into it;
//  2. make blocks at a layers.Path of their own, and UNet.Insert each behind a stage; UNet.Config().Stages() lists them;
//  3. freeze what matches a pattern: a parameter that is not trainable gets no gradient and no step;
//  4. say what the output means, a preconditioning, and train as any network: train.New takes it from there.
//
// A block is anything with Params and Forward(scope, images, embedding); ops of the scope give every derivative, so
// samplers, log-densities and methods work on the changed network as on the published one.
package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families/adm"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/train"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: newblock CHECKPOINT CONFIG.json OUT.safetensors")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "newblock:", err)
		os.Exit(1)
	}
}

// Load is the network of guided diffusion with the published weights in a file, as described by a config.
func Load(weights, config string) (*adm.Network, error) {
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, err
	}
	f, err := checkpoints.Open(weights)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := adm.Configure(f, "", string(text))
	if err != nil {
		return nil, err
	}
	return adm.Load(f, "", c, false)
}

// Adapt inserts adapters of rank r behind the middle and behind every stage of the way up. Their names are
// "adapter.middle_block.down.weight" and so on: what is new must not have a name that the file has.
func Adapt(net *adm.Network, key rng.Key, r int) error {
	for _, stage := range net.Config().Stages() {
		if strings.HasPrefix(stage.Name, "input_blocks.") {
			continue
		}
		a, err := NewAdapter(layers.Root(key).At("adapter").At(stage.Name), stage.Channels, net.Config().Embedding(), r)
		if err != nil {
			return err
		}
		if err := net.Insert(stage.Name, a); err != nil {
			return err
		}
	}
	return nil
}

// Published are patterns of all names of a network of guided diffusion.
func Published() []string {
	return []string{"time_embed.*", "input_blocks.*", "middle_block.*", "output_blocks.*", "out.*"}
}

// Denoiser is the network as its authors trained it: the first channels are the noise of x_t on the linear schedule of
// Ho et al. (2020), the others a variance, which denoising does not need.
func Denoiser(net *adm.Network) (diffusion.Denoiser, error) {
	steps, err := diffusion.DefaultDDPM().Build()
	if err != nil {
		return nil, err
	}
	var f diffusion.Network = net
	if c := net.Config(); c.LearnSigma() {
		f = diffusion.FirstChannels{Net: f, C: c.InChannels}
	}
	return diffusion.Preconditioned{Net: f, Prec: diffusion.Eps{Levels: steps}}, nil
}

// Stripes is the loss of a denoiser on new data: images in [-1, 1] of stripes of any direction and width, which are
// drawn as they are needed. Images of a folder come from package data in the same way.
func Stripes(d diffusion.Denoiser, channels, side int) train.Objective {
	loss := diffusion.DefaultEDMLoss()
	return train.ObjectiveFunc(func(s *autodiff.Scope, step train.Step) (autodiff.Var, error) {
		n := channels * side * side
		x, keys := make([]float32, step.Batch*n), make([]rng.Key, step.Batch)
		for b := range keys {
			keys[b] = step.Key.Split("image", b)
			st := keys[b].Split("stripes", 0).Stream()
			angle, wave, phase := math.Pi*st.Float64(), 4+8*st.Float64(), 2*math.Pi*st.Float64()
			for i := range n {
				u, v := float64(i%side), float64(i/side%side)
				x[b*n+i] = float32(math.Sin(2*math.Pi*(u*math.Cos(angle)+v*math.Sin(angle))/wave + phase))
			}
		}
		return loss.Loss(s, d, s.Const32(autodiff.S(step.Batch, channels, side, side), x), keys), nil
	})
}

// Settings of a short run. The average of the weights would need longer than that, and is left out.
func Settings(steps int64) train.Config {
	c := train.Default()
	c.Steps, c.Batch, c.LR, c.WarmupSteps, c.EMAHalfLife, c.EMARamp, c.LogEvery = steps, 8, 3e-3, 5, 0, 0, 0
	return c
}

func run(weights, config, out string) error {
	net, err := Load(weights, config)
	if err != nil {
		return err
	}
	if err := Adapt(net, rng.New(1), 8); err != nil {
		return err
	}
	if _, err := train.Freeze(net.Params(), Published()...); err != nil {
		return err
	}
	d, err := Denoiser(net)
	if err != nil {
		return err
	}
	c := net.Config()
	if c.ImageSize == 0 {
		return fmt.Errorf("%s does not tell the size of the images", config)
	}
	fmt.Printf("%d of %d values are learned\n", layers.Count(net.Params()), values(net.Params()))
	t, err := train.New(train.Setup{Config: Settings(2000), Params: net.Params(), Objective: Stripes(d, c.InChannels, c.ImageSize),
		Progress: func(p train.Progress) { fmt.Printf("\rstep %d, loss %.4f ", p.Step, p.Loss) }})
	if err != nil {
		return err
	}
	if _, err := t.Run(context.Background()); err != nil {
		return err
	}
	f := &checkpoints.File{}
	if err := f.AddParams("", net.Params()); err != nil {
		return err
	}
	return checkpoints.Save(out, f, checkpoints.SaveOptions{})
}

// values is the number of all values, learned or not.
func values(params []*autodiff.Param) (n int) {
	for _, p := range params {
		n += p.Shape().Size()
	}
	return n
}
