package checkpoints

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// AtomicWriteFile writes a file so that at every moment, also after a crash or kill -9, path holds the old content or
// the new, whole. write fills a temporary file in the same folder (it is buffered); that file is synchronised, renamed
// to path, and the folder synchronised. When anything fails, or write panics, the temporary file is removed and path is
// as it was. An existing file's permissions are kept.
func AtomicWriteFile(path string, write func(w io.Writer) error) (err error) {
	dir, base := filepath.Split(path)
	temp := filepath.Join(dir, "."+base+"."+rand.Text()[:12]+".tmp")
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
	return syncFolder(dir)
}

// syncFolder makes a rename in dir durable. Windows has no such call; there the rename is journalled.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	return nil
}
