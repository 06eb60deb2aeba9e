package families

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/internal/absent"
	"tweedie/internal/config"
)

// Spec describes a learned prior. Its checkpoint carries it.
type Spec struct {
	Network   json.RawMessage  `json:"network"`             // the config of the architecture's builder
	Shape     []int            `json:"shape"`               // of one image, [C,H,W]
	Inserted  []Insertion      `json:"inserted,omitempty"`  // blocks of somebody's, in the order in which they were put in
	SigmaData float64          `json:"sigma_data"`          // of the EDM preconditioning, in units of m
	Predict   Prediction       `json:"prediction,omitzero"` // what the network's output is
	Sigmas    [2]float64       `json:"sigmas,omitzero"`     // lowest and highest noise level of training, in units of m; 0 for no limit
	Class     *int             `json:"class,omitempty"`     // what a class-conditional network sees
	Affine    diffusion.Affine `json:"affine"`              // from m to the images' values
	Range     [2]float64       `json:"range"`               // of the images' values
	Unit      string           `json:"unit,omitempty"`
	Mean      float64          `json:"data_mean"` // of the training images' pixels, in their values
	Std       float64          `json:"data_std"`
}

// NewSpec returns the Spec of a network for images in [lo, hi] with the given channels and extents. The network's values are
// those of unit; the pixels are taken to have mean (lo+hi)/2 and deviation (hi-lo)/4, as photographs have.
func NewSpec(network json.RawMessage, channels int, extents []int, lo, hi float64, unit func(lo, hi float64) diffusion.Affine) Spec {
	return Spec{Network: network, Shape: append([]int{channels}, extents...), Affine: unit(lo, hi),
		Range: [2]float64{lo, hi}, Mean: (hi + lo) / 2, Std: (hi - lo) / 4}
}

// Centred maps [-1, 1] of a network to [lo, hi] of images.
func Centred(lo, hi float64) diffusion.Affine {
	return diffusion.Affine{Scale: (hi - lo) / 2, Shift: (hi + lo) / 2}
}

// Positives maps [0, 1] of a network to [lo, hi] of images.
func Positives(lo, hi float64) diffusion.Affine { return diffusion.Affine{Scale: hi - lo, Shift: lo} }

// Validate names the first field that is wrong.
func (s *Spec) Validate() error {
	n := 1
	for _, d := range s.Shape {
		if d < 1 || n > 1<<28/d {
			return fmt.Errorf("families: shape %v: every extent must be positive and the size at most 2^28", s.Shape)
		}
		n *= d
	}
	switch {
	case len(s.Shape) < 2 || len(s.Shape) > 4:
		return fmt.Errorf("families: shape %v: want [C,W], [C,H,W] or [C,D,H,W]", s.Shape)
	case s.Predict.validate() != nil:
		return fmt.Errorf("families: prediction: %w", s.Predict.validate())
	case s.Predict.EDM() && !positive(s.SigmaData):
		return fmt.Errorf("families: sigma_data is %v; it must be positive", s.SigmaData)
	case s.Affine.Validate() != nil:
		return fmt.Errorf("families: %w", s.Affine.Validate())
	case !(s.Sigmas[0] >= 0) || s.Sigmas[1] != 0 && !(s.Sigmas[0] < s.Sigmas[1]):
		return fmt.Errorf("families: sigmas is %v; want 0 <= low < high, or 0 for no limit", s.Sigmas)
	case !(s.Range[0] < s.Range[1]):
		return fmt.Errorf("families: range is %v; want low < high", s.Range)
	}
	c := config.Check("zoo")
	if s.Predict.EDM() {
		c.Float("sigma_data", s.SigmaData, config.Tiny, config.Huge)
	}
	c.Floats("sigmas", s.Sigmas[:], 0, config.Huge)
	c.Floats("range", s.Range[:], -config.Huge, config.Huge)
	c.Finite("data_mean", s.Mean)
	c.Float("data_std", s.Std, 0, config.Huge)
	return c.Err()
}

func positive(x float64) bool { return x > 0 && !math.IsInf(x, 1) }

// ImageShape returns Shape as an autodiff.Shape.
func (s *Spec) ImageShape() autodiff.Shape { return autodiff.S(s.Shape...) }

// Fit returns an error unless net can be the network of the Spec. It says what does not fit: its class, its channels,
// or the prediction.
func (s *Spec) Fit(net Network) error {
	if _, _, err := s.Denoisers(net); err != nil {
		return fmt.Errorf("families: %w", err)
	}
	return nil
}

// Denoiser returns net under the Spec's preconditioning, in units of m, computed in float32. It panics with the error
// that Fit returns.
func (s *Spec) Denoiser(net Network) diffusion.Denoiser {
	d, _, err := s.Denoisers(net)
	if err != nil {
		panic(fmt.Errorf("families: %w", err))
	}
	return d
}

// DenoiserThrough returns what Denoiser does, but evaluates f in the place of net. f calls net and may add what a
// training needs: classes of the batch, dropout. The Spec's class is not looked at. It panics with the error that Fit
// returns about the prediction.
func (s *Spec) DenoiserThrough(net Network, f diffusion.Network) diffusion.Denoiser {
	p, err := s.Preconditioning(net)
	if err != nil {
		panic(fmt.Errorf("families: %w", err))
	}
	if c, ok := net.(Conditional); ok {
		f = c.Mean(f)
	}
	return single(f, p)
}

// Varied returns what DenoiserThrough does of a network that learns the variance of its steps, a diffusion.VarianceDenoiser,
// for the loss that teaches it. The error says that the network learns none.
func (s *Spec) Varied(net Network, f diffusion.Network) (diffusion.VarianceDenoiser, error) {
	p, err := s.Preconditioning(net)
	if err != nil {
		return nil, fmt.Errorf("families: %w", err)
	}
	c, ok := net.(Conditional)
	if !ok || len(s.Shape) == 0 {
		return nil, errors.New("families: the network learns no variance")
	}
	if _, twice := c.Mean(f).(diffusion.FirstChannels); !twice {
		return nil, errors.New("families: the network learns no variance: it must have twice the channels of an image")
	}
	return diffusion.LearnedVariance{Net: diffusion.Typed{Net: f, DType: autodiff.F32}, Prec: p, C: s.Shape[0]}, nil
}

// single is f under the preconditioning p, evaluated in float32.
func single(f diffusion.Network, p diffusion.Preconditioning) diffusion.Denoiser {
	return diffusion.Preconditioned{Net: diffusion.Typed{Net: f, DType: autodiff.F32}, Prec: p}
}

// Denoisers returns net under the Spec's preconditioning, in float32 and in the element type of the scope.
func (s *Spec) Denoisers(net Network) (float32s, scoped diffusion.Denoiser, err error) {
	if absent.Is(net) {
		return nil, nil, errors.New("the network is nil")
	}
	p, err := s.Preconditioning(net)
	if err != nil {
		return nil, nil, err
	}
	f, err := s.ofClass(net)
	if err != nil {
		return nil, nil, err
	}
	return single(f, p), diffusion.Preconditioned{Net: f, Prec: p}, nil
}

// Conditional is a Network that has classes, or whose output has more channels than the mean.
type Conditional interface {
	Network
	// OfClass returns the network as it sees one class in every sample, or as it is for a nil class. The error says that
	// the class is missing, that it is none of the network's, or that the network has none.
	OfClass(class *int) (diffusion.Network, error)
	// Mean returns f, which evaluates the network, without the channels of a learned variance.
	Mean(f diffusion.Network) diffusion.Network
}

// ofClass returns net as the preconditioning wants it: with its class, and without the channels of a learned variance.
func (s *Spec) ofClass(net Network) (diffusion.Network, error) {
	c, ok := net.(Conditional)
	if !ok {
		return net, CheckClass(s.Class, 0)
	}
	f, err := c.OfClass(s.Class)
	if err != nil {
		return nil, err
	}
	return c.Mean(f), nil
}
