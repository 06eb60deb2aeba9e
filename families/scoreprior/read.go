// Package scoreprior reads training states of score_prior's score models, whose networks are those of package scoresde.
package scoreprior

import (
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/families/scoresde"
)

// Name is that of the family.
const Name = "score_prior"

// family reads training states of score_prior's score models, and the native files made of them.
type family struct{}

func init() { families.Register(family{}) }

// Name returns "score_prior".
func (family) Name() string { return Name }

// Architectures returns nothing: the networks are of the architecture score_sde.
func (family) Architectures() []families.Architecture { return nil }

// Marks are names that networks have in a training state, and in a native file.
func (family) Marks() [][]string {
	return [][]string{{"Conv_0.kernel", "AttnBlockpp_0.NIN_0.W"}, {"Conv_0.kernel", "AttnBlock_0.NIN_0.W"},
		{"Conv_0.weight", "AttnBlockpp_0.NIN_0.W"}, {"Conv_0.weight", "AttnBlock_0.NIN_0.W"}}
}

// Blank returns the network that a config describes.
func (family) Blank(f *checkpoints.File, s families.Source) (families.Original, error) {
	return scoresde.BlankScorePrior(f, s)
}

// Tensors returns the averages, or the weights of training where they are asked for, in our layouts.
func (family) Tensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
	return scoresde.FlaxTensors(f, s)
}
