package disk

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// listFiles returns the names of all files below dir, with slashes between their parts.
func listFiles(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		names = append(names, filepath.ToSlash(rel))
		return err
	})
	return names, err
}

// holdsOnly reports whether every file and folder below dir is of a former result. A folder that is not there holds
// nothing else.
func holdsOnly(dir string, former map[string]bool) bool {
	known := map[string]bool{".": true, Manifest: true}
	for name := range former {
		for ; name != "."; name = path.Dir(name) {
			known[name] = true
		}
	}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return ignoreMissing(err)
		}
		rel, err := filepath.Rel(dir, p)
		if err == nil && !known[filepath.ToSlash(rel)] {
			return fs.ErrExist
		}
		return err
	})
	return err == nil
}

// syncTree makes the names of all files below dir durable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return SyncFolder(p)
	})
}

// under joins a name with slashes to a folder.
func under(dir, name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }

// renameUnder moves a file from one folder to the same name in another, and makes the folders in between.
func renameUnder(from, to, name string) error {
	if strings.Contains(name, "/") {
		if err := os.MkdirAll(filepath.Dir(under(to, name)), 0o777); err != nil {
			return err
		}
	}
	return os.Rename(under(from, name), under(to, name))
}
