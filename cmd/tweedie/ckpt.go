package main

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
	nonFinite                    bool
}

func (s *source) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.path, "checkpoint", "", "file, of any format that ckpt inspect knows")
	c.Flags().StringVar(&s.config, "config", "", "JSON file that describes the network, or a preset: "+strings.Join(unet.Presets(), ", ")+"; needed when the file does not say it all")
	c.Flags().StringVar(&s.family, "family", "", "project that the network comes from; recognised by the names of the tensors otherwise")
	c.Flags().StringVar(&s.prefix, "prefix", "", "what the names of its tensors begin with, when the file holds several networks")
	c.Flags().BoolVar(&s.nonFinite, "allow-nonfinite", false, "take weights that are NaN or infinite")
}

// open is the file with the place of the network in it. The family must be one that networks can be built of.
func (s *source) open() (f *checkpoints.File, prefix string, err error) {
	if s.path == "" {
		return nil, "", fmt.Errorf("--checkpoint is missing; name a file")
	}
	if s.family != "" && !slices.Contains(zoo.Readable(), zoo.Family(s.family)) {
		return nil, "", notReadable(zoo.Family(s.family))
	}
	if f, err = checkpoints.Open(s.path); err != nil {
		return nil, "", err
	}
	family, prefix, err := zoo.Recognise(f, s.prefix)
	switch {
	case err != nil && s.family != "":
		prefix, err = s.prefix, nil // the table of what does not fit says more
	case err == nil && s.family != "" && string(family) != s.family:
		err = fmt.Errorf("--family is %s, and the tensors are those of %s", s.family, family)
	case err == nil && !slices.Contains(zoo.Readable(), family):
		err = notReadable(family)
	}
	if err != nil {
		f.Close()
		return nil, "", err
	}
	return f, prefix, nil
}

func notReadable(family zoo.Family) error {
	var names []string
	for _, f := range zoo.Readable() {
		names = append(names, string(f))
	}
	return fmt.Errorf("networks of family %q cannot be built; those that can: %s", family, strings.Join(names, ", "))
}

// network is the network that the flags name, with its weights.
func (s *source) network() (*unet.UNet, error) {
	f, prefix, err := s.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := configText(s.config)
	if err != nil {
		return nil, err
	}
	c, err := zoo.ConfigADM(f, prefix, text)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", s.path, err)
	}
	net, err := zoo.LoadADM(f, prefix, c, s.nonFinite)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", s.path, err)
	}
	return net, nil
}
