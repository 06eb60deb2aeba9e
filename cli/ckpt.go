package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
	"tweedie/unet"
	"tweedie/zoo"
)

func ckptCommand(o *options) *cobra.Command {
	return group("ckpt", "Look into checkpoint files, evaluate their networks, convert them",
		inspectCommand(o), applyCommand(o), convertCommand(o))
}

// source are the flags that name a network in a checkpoint file.
type source struct {
	path, config, family, prefix string
	raw, nonFinite               bool
}

func (s *source) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.path, "checkpoint", "", "file, of any format that ckpt inspect knows")
	c.Flags().StringVar(&s.config, "config", "", "JSON file that describes the network, or a preset: "+strings.Join(unet.ADMPresets(), ", ")+"; needed when the file does not say it all")
	c.Flags().StringVar(&s.family, "family", "", "project that the network comes from; recognised by the names of the tensors otherwise")
	c.Flags().StringVar(&s.prefix, "prefix", "", "what the names of its tensors begin with, when the file holds several networks")
	c.Flags().BoolVar(&s.raw, "raw-weights", false, "take the weights of training, not their averages, where the file has both")
	c.Flags().BoolVar(&s.nonFinite, "allow-nonfinite", false, "take weights that are NaN or infinite")
}

// network is the network that the flags name, with its weights.
func (s *source) network() (zoo.ForeignNetwork, error) {
	f, src, err := s.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	net, err := zoo.LoadNetwork(f, src)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", s.path, err)
	}
	return net, nil
}

// open is the file, and the flags as zoo takes them.
func (s *source) open() (*checkpoints.File, zoo.Source, error) {
	src := zoo.Source{Family: zoo.Family(s.family), Prefix: s.prefix, Raw: s.raw, NonFinite: s.nonFinite}
	if s.path == "" {
		return nil, src, fmt.Errorf("--checkpoint is missing; name a file")
	}
	if s.family != "" && !slices.Contains(zoo.Readable(), src.Family) {
		return nil, src, notReadable(src.Family)
	}
	var err error
	if src.Config, err = configText(s.config); err != nil {
		return nil, src, err
	}
	f, err := checkpoints.Open(s.path)
	return f, src, err
}

func notReadable(family zoo.Family) error {
	var names []string
	for _, f := range zoo.Readable() {
		names = append(names, string(f))
	}
	return fmt.Errorf("networks of family %q cannot be built; those that can: %s", family, strings.Join(names, ", "))
}
