package dpi

import (
	"tweedie/flows"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
)

// FamilyConfig names the variational family of DPI and its size. Mean and Std are where it starts, in the prior's
// units; RealNVP starts as N(0, I).
type FamilyConfig struct {
	Kind            string  `json:"kind"`                // "auto", "diagonal", "low-rank", "full", "realnvp", or one that RegisterFamily added
	Mean            float64 `json:"mean"`                // of the Gaussian families at the start
	Std             float64 `json:"std"`                 // of the Gaussian families at the start
	Rank            int     `json:"rank"`                // of low-rank
	Components      int     `json:"components,omitzero"` // of a mixture of such families; 0: one
	Flows           int     `json:"flows"`               // blocks of realnvp, two couplings each
	SeqFrac         float64 `json:"seqfrac"`             // hidden width of realnvp is D/(2 seqfrac)
	BatchNorm       bool    `json:"batch_norm"`          // of realnvp; fitted with batch, sampled with running statistics
	BatchStatistics bool    `json:"batch_statistics"`    // sample and score with batch statistics too; log q is then not exact
	Head            string  `json:"head"`                // "", "positive" or "box": the range of the samples
	Lo              float64 `json:"lo"`                  // of box, in the prior's units
	Hi              float64 `json:"hi"`
}

// mostComponents bounds a mixture, whose density asks that of every component.
const mostComponents = 64

// DefaultFamily returns a Gaussian with every covariance on up to 256 pixels, and with a factor of rank 16 on more.
func DefaultFamily() FamilyConfig {
	return FamilyConfig{Kind: "auto", Std: 0.3, Rank: 16, Flows: 16, SeqFrac: 4, Lo: -1, Hi: 1}
}

// mostFull is the number of pixels up to which "auto" is "full": its triangle has then as many numbers as a low-rank family of 128
// factors, and a step costs little beside the prior's.
const mostFull = 256

// of returns c for images of dim values, with the kind that "auto" stands for.
func (c FamilyConfig) of(dim int) FamilyConfig {
	if c.Kind == "auto" {
		c.Kind = "low-rank"
		if dim <= mostFull {
			c.Kind = "full"
		}
	}
	return c
}

// Validate names the first field that is out of range.
func (c FamilyConfig) Validate() error {
	k := config.Check("dpi")
	k.Name("family.kind", c.Kind, Families()...)
	c.checkHead(k)
	k.Finite("family.mean", c.Mean)
	if c.Kind == "realnvp" {
		k.Int("family.flows", c.Flows, 1, 1<<10)
		k.Float("family.seqfrac", c.SeqFrac, 1.0/1024, config.Huge)
	} else {
		k.Float("family.std", c.Std, config.Tiny, config.Huge)
	}
	if c.Kind == "low-rank" || c.Kind == "auto" {
		k.Int("family.rank", c.Rank, 1, config.MostBatch)
	}
	k.Int("family.components", c.Components, 0, mostComponents)
	k.That(!c.BatchStatistics || c.Kind == "realnvp" && c.BatchNorm, "family.batch_statistics", true, "be false without kind realnvp and batch_norm")
	return k.Err()
}

// checkHead checks the range of the samples, which every family may have.
func (c FamilyConfig) checkHead(k *config.Checker) {
	k.Name("family.head", c.Head, "positive", "box", "")
	k.Finite("family.lo", c.Lo)
	k.Finite("family.hi", c.Hi)
	k.That(c.Head != "box" || c.Lo < c.Hi, "family.lo", c.Lo, "be below family.hi, %v", c.Hi)
}

// room refuses a family whose parameters for images of dim values take more than their share of memory.
func (c FamilyConfig) room(dim int) error {
	parts := max(1, c.Components)
	switch c.Kind {
	case "full":
		return config.Room("dpi", "the number of pixels for family.kind full", 8*parts, dim, dim)
	case "low-rank":
		return config.Room("dpi", "family.rank", 8*parts, min(c.Rank, dim), dim)
	case "realnvp":
		width := float64(dim) / (2 * c.SeqFrac)
		if width*float64(dim)*float64(c.Flows)*float64(parts)*8 > float64(config.Budget) {
			return config.Errorf("dpi", "family.seqfrac", "is %v; it must be larger, for the hidden layers of %d flows on %d pixels do not fit in %d bytes", c.SeqFrac, c.Flows, dim, config.Budget)
		}
	}
	return nil
}

// families hold the two faces of one set of parameters: one normalises as fitting does, one as sampling does.
type families struct{ fit, draw flows.Family }

// build makes the family of a kind for images of dim values, or the one of custom unless that is nil.
func (c FamilyConfig) build(dim int, key rng.Key, custom FamilyBuilder) (families, error) {
	root := layers.Root(key)
	build, _ := kinds.Get(c.Kind)
	if custom != nil {
		build = one(custom)
	}
	if c.Components < 2 {
		return build(c, dim, root)
	}
	return c.mixture(dim, root, build)
}

// realNVP builds the flow, with its batch norms, if any, in the modes of fitting and of sampling.
func (c FamilyConfig) realNVP(dim int, root layers.Path) (families, error) {
	nvp, err := flows.NewRealNVP(root.At("flow"), flows.RealNVPConfig{Dim: dim, Flows: c.Flows, SeqFrac: c.SeqFrac, BatchNorm: c.BatchNorm})
	if err != nil {
		return families{}, err
	}
	head, err := c.headed(dim, root, flows.NewFlow(root.At("q"), nvp))
	if err != nil || !c.BatchNorm {
		return families{head, head}, err
	}
	again := func(use layers.Statistics) flows.Family {
		f := flows.Family(flows.NewFlow(root.At("q"), nvp.With(use)))
		if t, ok := head.(*flows.Transformed); ok {
			f = t.On(f)
		}
		return f
	}
	out := families{fit: again(layers.UpdateStatistics), draw: again(layers.RunningStatistics)}
	if c.BatchStatistics {
		out.draw = again(layers.BatchStatistics)
	}
	return out, nil
}

// headed returns f with the head's range.
func (c FamilyConfig) headed(dim int, root layers.Path, f flows.Family) (flows.Family, error) {
	head, err := c.head(dim, root)
	if head == nil || err != nil {
		return f, err
	}
	return flows.NewTransformed(root.At("headed"), f, head)
}

// head returns the map to the range of the samples, nil where they have none.
func (c FamilyConfig) head(dim int, root layers.Path) (flows.Bijector, error) {
	switch c.Head {
	case "":
		return nil, nil
	case "positive":
		return flows.NewPositive(root.At("head"), dim, 1)
	}
	return flows.NewBox(root.At("head"), dim, c.Lo, c.Hi)
}
