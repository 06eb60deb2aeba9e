package bench

import (
	"context"
	"os"
	"path/filepath"

	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/disk"
	"tweedie/internal/plan"
	"tweedie/layers"
)

// Load times the reading of a checkpoint into a network, in milliseconds for the whole file. Without a path it reads the
// network of y in safetensors, from a folder that it makes and removes.
func Load(ctx context.Context, y Yardstick, path string) (t Timing, err error) {
	start := plan.PeakRSS()
	config := ""
	if path == "" {
		target := filepath.Join(os.TempDir(), "tweedie-bench")
		if err := disk.RemoveStale(target); err != nil {
			return t, err
		}
		dir := disk.TempPath(target)
		if err := os.Mkdir(dir, 0o700); err != nil {
			return t, err
		}
		defer os.RemoveAll(dir)
		path = filepath.Join(dir, "unet.safetensors")
		if config, err = y.write(path); err != nil {
			return t, err
		}
	}
	params := 0
	t, err = measure(ctx, "load", y.Runs, 1, start, nil, func() error {
		f, err := checkpoints.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		net, err := families.Load(f, families.Source{Config: config})
		if err == nil {
			params = layers.Count(net.Params())
		}
		return err
	})
	t.Params = params
	return t, err
}

// write saves a network to path and returns its config.
func (y Yardstick) write(path string) (config string, err error) {
	net, err := y.network()
	if err != nil {
		return "", err
	}
	var f checkpoints.File
	for _, p := range net.Params() {
		if err := f.Add(checkpoints.FromFloat32(p.Name(), p.Shape().Dims(nil), p.Data())); err != nil {
			return "", err
		}
	}
	return net.Config().String(), checkpoints.Save(path, &f, checkpoints.SaveOptions{})
}
