package checkpoints

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/checkpoints/internal/foreign"
	"tweedie/internal/config"
	"tweedie/internal/input"
)

// The files of a network in the layout of diffusers.
const (
	diffusersConfig    = "config.json"
	diffusersScheduler = "scheduler_config.json"
	diffusersWeights   = "diffusion_pytorch_model"
)

// weightsNames are what diffusers, and transformers and accelerate, call weights.
var weightsNames = []string{diffusersWeights, "model", "pytorch_model"}

// diffusersFiles are the weights that a folder may hold, the best first: whole before half precision, one file before the
// index of several.
var diffusersFiles = []string{
	".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json",
	".fp16.safetensors", ".safetensors.index.fp16.json", ".fp16.safetensors.index.json", ".bf16.safetensors", ".safetensors.index.bf16.json",
	".fp16.bin", ".bin.index.fp16.json", ".non_ema.safetensors", ".non_ema.bin",
}

const maxConfig = 1 << 20 // bytes of a config

// openFolder opens the weights in a folder of diffusers: those of a network, or, of a pipeline, in its folder unet.
func openFolder(path string) (*File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	defer r.Close()
	names, err := r.Readdirnames(1000)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	network, scheduler := path, filepath.Join(path, diffusersScheduler)
	if slices.Contains(names, "unet") && !slices.Contains(names, diffusersConfig) {
		network, scheduler = filepath.Join(path, "unet"), filepath.Join(path, "scheduler", diffusersScheduler)
	}
	f, err := openWeights(network)
	if what := foreign.Folder(names); what != "" && errors.Is(err, errNoWeights) {
		return nil, fmt.Errorf("checkpoints: this is a folder, %s", what)
	}
	if err != nil {
		return nil, err
	}
	for _, file := range []string{filepath.Join(network, diffusersConfig), scheduler} {
		text, err := readConfig(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		f.Values = append(f.Values, Value{Name: filepath.Base(file), V: text})
	}
	return f, nil
}

// openWeights opens the first of diffusersFiles that is there.
func openWeights(folder string) (*File, error) {
	for _, name := range weightsNames {
		for _, ext := range diffusersFiles {
			path := filepath.Join(folder, name+ext)
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			return Open(path)
		}
	}
	return nil, errNoWeights
}

var errNoWeights = fmt.Errorf("checkpoints: this is a folder, not a regular file, and not one of diffusers: it has no %s.safetensors, .bin, nor their index; name a file in it",
	strings.Join(weightsNames, ", "))

// readConfig reads a small file that holds one JSON object.
func readConfig(path string) (string, error) {
	text, err := input.ReadFile(path, maxConfig)
	if err != nil {
		return "", fmt.Errorf("checkpoints: %w", err)
	}
	text = fromPython(text)
	if err := checkConfig(text); err != nil {
		return "", fmt.Errorf("%q: checkpoints: %w", path, err)
	}
	return string(text), nil
}

func checkConfig(text []byte) error {
	if len(text) > maxConfig {
		return fmt.Errorf("a config of more than %d bytes", maxConfig)
	}
	if _, err := config.Object(text); err != nil {
		return fmt.Errorf("the config is not one JSON object: %.80q (%v)", text, err)
	}
	return nil
}
