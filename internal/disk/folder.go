package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is a folder of results in the making. Its files are written below Path, and Commit puts them in the place of
// the former result. The folder is locked until Commit or Abort.
type Folder struct {
	Former *Owner // the process that worked on the folder last and ended without a word; nil for none

	target, stage string
	together      bool // the whole folder can change its name
	lock          *Lock
}

// ForeignError says that a file is in the way that belongs to no former result.
type ForeignError struct{ Dir, Name string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("the folder %s holds %s, which is not on the list of a former result (%s); move it, or name another folder", e.Dir, e.Name, Manifest)
}

// Begin begins the result that will stand in dir, with files whose names match the patterns of path.Match. It makes the
// folders above dir, ends what a killed Commit began, removes what killed runs left behind, and tries to write. A file in
// dir that matches a pattern and belongs to no former result is a *ForeignError; all other files there will stay. A dir
// that another process works on is a *BusyError.
func Begin(dir string, patterns ...string) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(abs), 0o777); err != nil {
		return nil, err
	}
	target, err := resolve(abs)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(target); err == nil && !info.IsDir() {
		return nil, &fs.PathError{Op: "mkdir", Path: dir, Err: fs.ErrExist}
	}
	lock, err := acquire(lockPath(target), dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{Former: lock.Former, target: target, lock: lock}
	if err := f.prepare(dir, patterns); err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return f, nil
}

func (f *Folder) prepare(dir string, patterns []string) error {
	inside := filepath.Join(f.target, "result")
	for _, base := range []string{f.target, inside} {
		if err := recoverPlaced(base, f.target); err != nil {
			return err
		}
	}
	if err := recoverSwapped(f.target); err != nil {
		return err
	}
	for _, base := range []string{f.target, inside} {
		if err := ignoreMissing(RemoveStale(base)); err != nil {
			return err
		}
	}
	if err := f.foreign(dir, patterns); err != nil {
		return err
	}
	f.together = !exists(f.target) || beside(f.target)
	if f.stage = TempPath(f.target); !f.together {
		f.stage = TempPath(inside)
	}
	f.together = f.together && !isCurrent(f.target)
	return os.Mkdir(f.stage, 0o777)
}

// foreign returns the error of the first file that is in the way of the result.
func (f *Folder) foreign(dir string, patterns []string) error {
	former, err := readManifest(f.target)
	if err != nil {
		return err
	}
	for _, p := range patterns {
		names, err := fs.Glob(os.DirFS(f.target), p)
		if err != nil {
			return fmt.Errorf("pattern %q: %w", p, err)
		}
		for _, name := range names {
			if !former[name] {
				return &ForeignError{dir, name}
			}
		}
	}
	return nil
}

// Path is the folder to write to before Commit.
func (f *Folder) Path() string { return f.stage }

// Commit puts the result in its place, and releases the folder. A folder that holds nothing but a former result, or does
// not exist, is exchanged as a whole. In one that holds other files, is the current folder or a mount point, the files
// are exchanged one by one: an error undoes that at once, and after a kill the next Begin does. In each case what was
// there before stays when something fails.
func (f *Folder) Commit() (err error) {
	defer func() { err = errors.Join(err, f.end()) }()
	files, err := listFiles(f.stage)
	if err != nil {
		return err
	}
	if err := writeManifest(f.stage, files); err != nil {
		return err
	}
	if err := syncTree(f.stage); err != nil {
		return err
	}
	former, err := readManifest(f.target)
	if err != nil {
		return err
	}
	if f.together && holdsOnly(f.target, former) {
		return swap(f.stage, f.target)
	}
	return f.place(files, former)
}

// Abort gives the result up, and releases the folder, which is as it was. After Commit it does nothing.
func (f *Folder) Abort() error {
	if f == nil {
		return nil
	}
	return f.end()
}

func (f *Folder) end() error {
	lock := f.lock
	if lock == nil {
		return nil
	}
	f.lock = nil
	return errors.Join(os.RemoveAll(f.stage), lock.Release())
}
