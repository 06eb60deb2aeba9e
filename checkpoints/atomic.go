package checkpoints

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tweedie/internal/disk"
)

// AtomicWriteFile writes a file so that at every moment, also after a crash or kill -9, path holds the old content or
// the new, whole. write fills a temporary file in the same folder, through a buffer; that file is synchronised, renamed
// to path, and the folder synchronised. When anything fails up to the renaming, or write panics, the temporary file is
// removed and path is as it was. An existing file's permissions are kept. A temporary file that a killed process left
// for path is removed.
func AtomicWriteFile(path string, write func(w io.Writer) error) (err error) {
	_ = disk.RemoveStale(path) // what cannot be removed is no reason not to save
	temp := disk.TempPath(path)
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	done := false
	defer func() {
		if !done {
			f.Close()
			os.Remove(temp)
		}
	}()
	if old, err := os.Stat(path); err == nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return fmt.Errorf("checkpoints: %w", err)
		}
	}
	b := bufio.NewWriterSize(f, 1<<18)
	if err := write(b); err != nil {
		return err
	}
	if err := errors.Join(b.Flush(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	done = true
	if err := disk.SyncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	return nil
}
