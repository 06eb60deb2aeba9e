package checkpoints

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tweedie/checkpoints/internal/safetensors"
	"tweedie/internal/disk"
)

// SaveDiffusers writes a new folder as save_pretrained of diffusers does: diffusion_pytorch_model.safetensors with the
// tensors of f and the metadata {"format": "pt"}, config.json, and scheduler_config.json unless scheduler is nil.
// config and scheduler are JSON objects, written as they are; names and config must be diffusers' own. The folder
// appears whole, under its name, or not at all. It returns an error for a folder that is there already and not empty.
// Other metadata and the values of f are not written.
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
	if err := disk.RemoveStale(folder); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	temp := disk.TempPath(folder)
	if err := os.Mkdir(temp, 0o777); err != nil {
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
		return safetensors.Encode(w, f.set.All(), map[string]string{"format": "pt"})
	})
	if err != nil {
		return err
	}
	if err := os.Remove(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("checkpoints: %w", err)
	}
	if err := os.Rename(temp, folder); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	if err := disk.SyncFolder(filepath.Dir(folder)); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	return nil
}
