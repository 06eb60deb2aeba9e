package cli

import (
	"fmt"

	"tweedie/zoo"
)

// folder writes the network as a folder that diffusers reads.
func (v *converting) folder() (string, error) {
	if v.plain || v.torch || v.zstd {
		return "", fmt.Errorf("--diffusers writes safetensors in a folder; leave out --plain, --torch and --zstd")
	}
	f, src, err := v.open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	n, scheduler, err := zoo.WriteDiffusers(v.out, f, src)
	if err != nil {
		return "", fmt.Errorf("%q: %w", v.path, err)
	}
	said := fmt.Sprintf("%d tensors, config.json", n)
	if scheduler {
		said += ", scheduler_config.json"
	}
	return said, nil
}
