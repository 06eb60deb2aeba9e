// Package ckpt works on the networks in checkpoint files: it tells what a file holds, evaluates its network once, and
// writes it in another format. Errors name the flags of the command that ask for it.
package ckpt

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/input"
)

// Source names a network in a checkpoint file.
type Source struct {
	Path      string
	Config    string // a file that describes the network, or a preset; "" where the checkpoint says it all
	Family    string // project that the network comes from; "" to recognise it
	Prefix    string // what the names of its tensors begin with
	Raw       bool   // take the weights of training, not their averages
	NonFinite bool   // take weights that are NaN or infinite
}

// network reads the network with its weights.
func (s *Source) network() (families.Original, error) {
	f, src, err := s.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	net, err := families.Load(f, src)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", s.Path, err)
	}
	return net, nil
}

// open opens the file, and turns s into what zoo takes.
func (s *Source) open() (*checkpoints.File, families.Source, error) {
	src := families.Source{Family: string(s.Family), Prefix: s.Prefix, Raw: s.Raw, NonFinite: s.NonFinite}
	if s.Path == "" {
		return nil, src, fmt.Errorf("--checkpoint is missing; name a file")
	}
	if s.Family != "" && !slices.Contains(families.Readable(), src.Family) {
		return nil, src, notReadable(src.Family)
	}
	var err error
	if src.Config, err = configText(s.Config); err != nil {
		return nil, src, err
	}
	f, err := checkpoints.Open(s.Path)
	return f, src, err
}

// notReadable says which families of networks can be built, and that this is none of them.
func notReadable(family string) error {
	return fmt.Errorf("networks of family %q cannot be built; those that can: %s", family, strings.Join(families.Readable(), ", "))
}

// configText reads the text of a config file; the name of a preset stands for itself.
func configText(config string) (string, error) {
	if config == "" || slices.Contains(families.Presets(), config) {
		return config, nil
	}
	raw, err := input.ReadFile(config, input.MaxText)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("--config: %q is neither a file nor a preset; those are %s", config, strings.Join(families.Presets(), ", "))
	}
	if err == nil && strings.TrimSpace(string(raw)) == "" {
		err = fmt.Errorf("%q is empty", config)
	}
	if err != nil {
		return "", fmt.Errorf("--config: %w", err)
	}
	return string(raw), nil
}
