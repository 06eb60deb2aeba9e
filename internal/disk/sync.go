package disk

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// SyncFolder makes a rename in dir durable. Windows has no such call; there the rename is journalled.
func SyncFolder(dir string) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		return nil
	}
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeFile makes the file at path with the bytes of text, synchronised, or removes what it has made.
func writeFile(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f, text), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func write(w io.Writer, text []byte) error {
	_, err := w.Write(text)
	return err
}

// Writable tries whether files can be made in dir.
func Writable(dir string) error {
	probe := filepath.Join(dir, "probe")
	if err := RemoveStale(probe); err != nil {
		return err
	}
	temp := TempPath(probe)
	if err := writeFile(temp, nil); err != nil {
		return err
	}
	return os.Remove(temp)
}
