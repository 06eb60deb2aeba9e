package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// resolve returns the absolute path of target without symbolic links, so that one file or folder has one name.
func resolve(target string) (string, error) {
	abs, err := filepath.Abs(target)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	return filepath.Join(dir, filepath.Base(abs)), err
}

// beside reports whether what lies beside the folder dir can be moved into it: the folder above can be written, and
// is on the same file system.
func beside(dir string) bool {
	if filepath.Dir(dir) == dir {
		return false
	}
	temp := TempPath(dir)
	if err := writeFile(temp, nil); err != nil {
		return false
	}
	inside := filepath.Join(dir, filepath.Base(temp))
	if err := os.Rename(temp, inside); err != nil {
		os.Remove(temp)
		return false
	}
	return os.Remove(inside) == nil
}

// isCurrent reports whether dir is the current folder, which must stay the same folder for the shell that stands in it.
func isCurrent(dir string) bool {
	a, err := os.Stat(".")
	if err != nil {
		return false
	}
	b, err := os.Stat(dir)
	return err == nil && os.SameFile(a, b)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// ignoreMissing drops the error of something that is not there.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
