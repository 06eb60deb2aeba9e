package ckpt

import (
	"fmt"
	"tweedie/families/diffusers"
)

// folder writes the network as a folder that diffusers reads.
func (v *Conversion) folder() (string, error) {
	if v.Plain || v.Torch || v.Zstd {
		return "", fmt.Errorf("--diffusers writes safetensors in a folder; leave out --plain, --torch and --zstd")
	}
	f, src, err := v.open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	n, scheduler, err := diffusers.Write(v.Out, f, src)
	if err != nil {
		return "", fmt.Errorf("%q: %w", v.Path, err)
	}
	said := fmt.Sprintf("%d tensors, config.json", n)
	if scheduler {
		said += ", scheduler_config.json"
	}
	return said, nil
}
