package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// swap puts the folder stage in the place of target, which holds nothing else than a former result or does not exist.
// Where the system can exchange two names it is one step; elsewhere the former folder goes aside, and recoverSwapped
// brings it back when the process is killed in between.
func swap(stage, target string) error {
	info, err := os.Stat(target)
	if errors.Is(err, os.ErrNotExist) {
		return errors.Join(os.Rename(stage, target), SyncFolder(filepath.Dir(target)))
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(stage, info.Mode()); err != nil {
		return err
	}
	if exchange(stage, target) == nil { // stage is the former folder now, and its end removes it
		return SyncFolder(filepath.Dir(target))
	}
	aside := asideOf(stage)
	if err := os.Rename(target, aside); err != nil {
		return err
	}
	if err := os.Rename(stage, target); err != nil {
		return errors.Join(err, os.Rename(aside, target))
	}
	return errors.Join(SyncFolder(filepath.Dir(target)), os.RemoveAll(aside))
}

const swappedExt = ".old"

// asideOf is where the former folder waits while stage takes its place.
func asideOf(stage string) string { return strings.TrimSuffix(stage, ".tmp") + swappedExt }

// recoverSwapped ends what a killed swap began: a former folder comes back when the new one is not in its place.
func recoverSwapped(target string) error {
	olds, err := leftBehind(target, swappedExt)
	if err != nil {
		return err
	}
	for _, old := range olds {
		if exists(target) {
			err = os.RemoveAll(old)
		} else {
			err = os.Rename(old, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
