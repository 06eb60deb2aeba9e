package dpi

import (
	"errors"

	"tweedie/flows"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/layers"
)

// FamilyBuilder makes a variational family on images of dim values in the prior's units, with its parameters at root. The
// fields of the config are the caller's to use; a head that it names is put on afterwards.
type FamilyBuilder func(c FamilyConfig, dim int, root layers.Path) (flows.Family, error)

// builder makes both faces of a family.
type builder func(c FamilyConfig, dim int, root layers.Path) (families, error)

var kinds = config.TableOf("dpi", "family",
	config.Entry[builder]{Name: "diagonal", Value: one(func(c FamilyConfig, dim int, root layers.Path) (flows.Family, error) {
		return flows.NewDiagonal(root.At("q"), flows.GaussianConfig{Dim: dim, Mean: c.Mean, Std: c.Std})
	})},
	config.Entry[builder]{Name: "low-rank", Value: one(func(c FamilyConfig, dim int, root layers.Path) (flows.Family, error) {
		return flows.NewLowRank(root.At("q"), flows.LowRankConfig{Dim: dim, Rank: min(c.Rank, dim), Mean: c.Mean, Std: c.Std, Factor: c.Std / 10})
	})},
	config.Entry[builder]{Name: "full", Value: one(func(c FamilyConfig, dim int, root layers.Path) (flows.Family, error) {
		return flows.NewFull(root.At("q"), flows.GaussianConfig{Dim: dim, Mean: c.Mean, Std: c.Std})
	})},
	config.Entry[builder]{Name: "realnvp", Value: FamilyConfig.realNVP},
)

// RegisterFamily makes a family of the caller's own known to FamilyConfig.Kind by name, beside "auto", "diagonal", "low-rank",
// "full" and "realnvp". A name that is empty or taken is an error.
func RegisterFamily(kind string, build FamilyBuilder) error {
	if kind == "auto" {
		return errors.New(`dpi: "auto" is no name for a family; it stands for one that suits the number of pixels`)
	}
	return kinds.Register(kind, one(build))
}

// Families returns the names that FamilyConfig.Kind may have: "auto", and the others in the order of registration.
func Families() []string { return append([]string{"auto"}, kinds.List()...) }

// one returns a builder of a family that is the same when it is fitted and when it is sampled.
func one(build FamilyBuilder) builder {
	return func(c FamilyConfig, dim int, root layers.Path) (families, error) {
		f, err := build(c, dim, root)
		if err == nil && absent.Is(f) {
			err = errors.New("the builder of the family returned none")
		}
		if err != nil {
			return families{}, err
		}
		if f, err = c.headed(dim, root, f); err != nil {
			return families{}, err
		}
		return families{f, f}, nil
	}
}
