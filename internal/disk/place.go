package disk

import (
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const placedExt = ".undo"

// place moves the files of the stage into the target one by one, the manifest last: with it the result stands. The files
// of the former result wait in a folder aside until then.
func (f *Folder) place(files []string, former map[string]bool) error {
	aside := strings.TrimSuffix(f.stage, ".tmp") + placedExt
	if err := os.Mkdir(aside, 0o777); err != nil {
		return err
	}
	if err := f.move(files, former, aside); err != nil {
		return errors.Join(err, undo(f.stage, aside, f.target, files))
	}
	for name := range former { // folders that are empty now
		for dir := path.Dir(name); dir != "." && os.Remove(under(f.target, dir)) == nil; dir = path.Dir(dir) {
		}
	}
	return errors.Join(syncTree(f.stage), SyncFolder(f.target), os.RemoveAll(aside))
}

func (f *Folder) move(files []string, former map[string]bool, aside string) error {
	away := maps.Clone(former)
	if away == nil {
		away = map[string]bool{}
	}
	away[Manifest] = true
	for name := range away {
		if err := ignoreMissing(renameUnder(f.target, aside, name)); err != nil {
			return err
		}
	}
	for _, name := range append(files[:len(files):len(files)], Manifest) {
		if exists(under(f.target, name)) {
			return &ForeignError{f.target, name}
		}
		if err := renameUnder(f.stage, f.target, name); err != nil {
			return err
		}
	}
	return nil
}

// undo moves the files that are no longer in stage back there, and then those aside to their places. It may be undone in
// turn: what it has done it does not do again.
func undo(stage, aside, target string, files []string) error {
	var errs []error
	for _, name := range files {
		if !exists(under(stage, name)) {
			errs = append(errs, ignoreMissing(renameUnder(target, stage, name)))
		}
	}
	names, err := listFiles(aside)
	errs = append(errs, err)
	for _, name := range names {
		errs = append(errs, renameUnder(aside, target, name))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return os.RemoveAll(aside)
}

// recoverPlaced ends what a killed place began, with a stage named after base: it is undone unless the manifest had
// been moved.
func recoverPlaced(base, target string) error {
	asides, err := leftBehind(base, placedExt)
	if err != nil {
		return err
	}
	for _, aside := range asides {
		stage := strings.TrimSuffix(aside, placedExt) + ".tmp"
		if !exists(filepath.Join(stage, Manifest)) {
			err = os.RemoveAll(aside)
		} else {
			err = recoverFrom(stage, aside, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func recoverFrom(stage, aside, target string) error {
	files, err := readManifest(stage)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	return undo(stage, aside, target, names)
}
