package learned

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/internal/input"
	"tweedie/inverse"
	"tweedie/layers"
	"tweedie/rng"
)

// BlurNetworkConfig describes the network that blurs in "nonlinear deblurring" of Chung et al. (2023, DPS) and of those who
// follow them, with one kernel code k for all images:
//
//	y = Low + (High - Low) F((x - Low)/(High - Low), k)
//
// F is the network of Tran, Tran, Phung and Hoai, Exploring Image Deblurring via Encoded Blur Kernel Space (CVPR 2021). Images
// are [C,H,W] with H and W multiples of 128, and measurements have their shape.
type BlurNetworkConfig struct {
	// Weights is a file with F, as GOPRO_wVAE.pth, whose tensors tell its sizes. Its path is relative to the folder of the file
	// that has the description, or else to the current one. Either it or Random is given.
	Weights inverse.File `json:"weights,omitzero"`
	// Random asks for a network with random values, which is no published blur.
	Random *RandomNetwork `json:"random,omitempty"`
	// Code is k, [D,H/128,W/128] or [1,D,H/128,W/128], with the D = 512 of the published network, [512,2,2] for 256 x 256, and
	// 8 width of a random one, [64,2,2] with a width of 8.
	// Without it, k = Std n with standard normal n drawn from Seed.
	Code inverse.Array `json:"code,omitzero"`
	Seed uint64        `json:"seed,omitempty"`
	// Std is the standard deviation of entries of k that are drawn; 0 stands for 1.2.
	Std float64 `json:"std,omitempty"`
	// Low and High are the x that F takes as 0 and 1: black and white of the images.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Clip bounds y by Low and High, with derivative zero where it does.
	Clip bool `json:"clip"`
	// Precision is that of the computation: "float32", or "float64" at more than ten times the cost.
	Precision string `json:"precision,omitempty"`
}

// RandomNetwork describes a network with normal weights by the rule of He et al. (2015), a tenth as large on residual branches
// and in the last convolution, and without constants. Sizes that are 0 are those of the published network.
type RandomNetwork struct {
	Seed  uint64 `json:"seed"`
	Width int    `json:"width,omitempty"` // channels; 0 is 64
	Front int    `json:"front,omitempty"` // residual blocks before the adapter; 0 is 10
	Back  int    `json:"back,omitempty"`  // residual blocks behind it; 0 is 20
}

// Bounds of a random network.
const (
	mostRandomWidth  = 256
	mostRandomBlocks = 256
)

// standardDeviation is that of the codes of the publications.
const standardDeviation = 1.2

// Kind returns "blur-network".
func (BlurNetworkConfig) Kind() string { return "blur-network" }

// Validate names the field that is wrong. It reads no more of the file of weights than its header.
func (c BlurNetworkConfig) Validate(in autodiff.Shape) error {
	_, _, err := c.network(in, false)
	return err
}

// Build reads the weights, or draws them, and returns a *BlurNetwork for images of shape in.
func (c BlurNetworkConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	n, code, err := c.network(in, true)
	if err != nil {
		return nil, err
	}
	return newBlurNetwork(c, in, n, code), nil
}

// network returns the network, with values where load is set, and the kernel code.
func (c BlurNetworkConfig) network(in autodiff.Shape, load bool) (*network, []float64, error) {
	if err := c.fields(in); err != nil {
		return nil, nil, err
	}
	n, z, err := c.open(in.Dim(0), load)
	if err != nil {
		return nil, nil, err
	}
	code, err := c.code([]int{z.code, in.Dim(1) / block, in.Dim(2) / block})
	return n, code, err
}

// fields checks the image and what is said without a file.
func (c BlurNetworkConfig) fields(in autodiff.Shape) error {
	if in.Rank() != 3 || in.Size() == 0 || in.Dim(1)%block != 0 || in.Dim(2)%block != 0 {
		return config.Errorf(c.Kind(), "shape", "an image %v is not [C,H,W] with multiples of %d for H and W", in, block)
	}
	k := config.Check(c.Kind())
	k.That(in.Size() <= config.MostInput, "shape", in, "have at most %d values", config.MostInput)
	switch {
	case c.Weights.IsZero() && c.Random == nil:
		k.Also(config.Errorf(c.Kind(), "weights", "is missing; name a file with a network, or give random for one with random values"))
	case !c.Weights.IsZero() && c.Random != nil:
		k.Also(config.Errorf(c.Kind(), "weights", "is given beside random; give one of them"))
	}
	if r := c.Random; r != nil {
		k.Int("random.width", r.Width, 0, mostRandomWidth)
		k.Int("random.front", r.Front, 0, mostRandomBlocks)
		k.Int("random.back", r.Back, 0, mostRandomBlocks)
	}
	k.Float("std", c.Std, 0, config.Huge)
	k.That(!c.Code.Given() || c.Std == 0 && c.Seed == 0, "code", "given with a seed or a std", "be left out, or those be")
	k.Finite("low", c.Low)
	k.Finite("high", c.High)
	k.That(c.High-c.Low >= config.Tiny, "low", c.Low, "be below high, which is %v", c.High)
	k.Name("precision", c.Precision, "float32", "float64")
	return k.Err()
}

// open returns the network of the file, or a random one.
func (c BlurNetworkConfig) open(channels int, load bool) (*network, sizes, error) {
	if c.Random == nil {
		n, z, err := read(c.Weights.Path, channels, load)
		if err != nil {
			if !strings.Contains(err.Error(), filepath.Base(c.Weights.Path)) {
				err = fmt.Errorf("%s: %w", input.Name(c.Weights.Path), err)
			}
			return nil, z, config.Errorf(c.Kind(), "weights", "%v", err)
		}
		return n, z, nil
	}
	z := published(channels)
	for _, f := range []struct {
		from int
		to   *int
	}{{c.Random.Width, &z.width}, {c.Random.Front, &z.front}, {c.Random.Back, &z.back}} {
		if f.from != 0 {
			*f.to = f.from
		}
	}
	z.tail, z.code = z.width, 8*z.width
	p := layers.Root(rng.New(c.Random.Seed).Split("blur network", 0))
	if !load {
		p = p.Blank()
	}
	n, err := newNetwork(p, z)
	return n, z, config.Named(c.Kind(), config.Below("random", err))
}

// code returns k [D,h,w].
func (c BlurNetworkConfig) code(shape []int) ([]float64, error) {
	count := shape[0] * shape[1] * shape[2]
	if !c.Code.Given() {
		k := make([]float64, count)
		rng.New(c.Seed).Split("kernel code", 0).Stream().FillNorm(k)
		std := c.Std
		if std == 0 {
			std = standardDeviation
		}
		for i := range k {
			k[i] *= std
		}
		return k, nil
	}
	if c.Code.Values.Complex {
		return nil, config.Errorf(c.Kind(), "code", "%s holds complex numbers; it must hold real ones", c.Code.Name())
	}
	v, err := c.Code.Fitting(func(given []int, _ bool) error {
		if len(given) == 4 && given[0] == 1 {
			given = given[1:]
		}
		if !slices.Equal(given, shape) {
			return fmt.Errorf("an image of this size and this network want [%d,%d,%d]", shape[0], shape[1], shape[2])
		}
		return nil
	})
	if err != nil {
		return nil, config.Named(c.Kind(), config.Below("code", err))
	}
	if len(v.Data) != count {
		return nil, config.Errorf(c.Kind(), "code", "has %d numbers, which its shape does not hold", len(v.Data))
	}
	k := config.Check(c.Kind())
	k.Floats("code", v.Data, -config.Huge, config.Huge)
	return v.Data, k.Err()
}

func init() { inverse.Register(BlurNetworkConfig{High: 1, Clip: true, Precision: "float32"}) }
