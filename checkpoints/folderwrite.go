package checkpoints

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// SaveDiffusers writes a new folder as save_pretrained of diffusers does: diffusion_pytorch_model.safetensors with the
// tensors of f and the metadata {"format": "pt"}, config.json, and scheduler_config.json unless scheduler is nil. config
// and scheduler are JSON objects, written as they are; names and config must be diffusers' own. The folder appears whole,
// under its name, or not at all; one that is there already and not empty is an error. Other metadata and values of f
// have no place there.
func SaveDiffusers(folder string, f *File, config, scheduler []byte) (err error) {
	folder = filepath.Clean(folder)
	files := map[string][]byte{diffusersConfig: config}
	if scheduler != nil {
		files[diffusersScheduler] = scheduler
	}
	for name, text := range files {
		if err := checkConfig(text); err != nil {
			return fmt.Errorf("checkpoints: %s: %w", name, err)
		}
	}
	if list, err := os.ReadDir(folder); err == nil && len(list) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("checkpoints: %q is there already and is no empty folder", folder)
	}
	temp, err := os.MkdirTemp(filepath.Dir(folder), "."+filepath.Base(folder)+".*.tmp")
	if err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(temp)
		}
	}()
	for name, text := range files {
		err := AtomicWriteFile(filepath.Join(temp, name), func(w io.Writer) error { _, err := w.Write(text); return err })
		if err != nil {
			return err
		}
	}
	err = AtomicWriteFile(filepath.Join(temp, diffusersWeights+".safetensors"), func(w io.Writer) error {
		return f.encode(w, map[string]string{"format": "pt"})
	})
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(temp, 0o755), ignoreMissing(os.Remove(folder)), os.Rename(temp, folder)); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	return syncFolder(filepath.Dir(folder))
}

// ignoreMissing drops the error of something that is not there.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
