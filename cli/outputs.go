package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"tweedie/internal/config"
	"tweedie/internal/disk"
	"tweedie/internal/input"
)

// beginOut begins the result in the folder that a flag names, with files whose names match the patterns, and tries to
// write there, before anything is computed. The caller ends it with Commit or Abort.
func beginOut(cmd *cobra.Command, flag, dir string, patterns ...string) (*disk.Folder, error) {
	if dir == "" {
		return nil, fmt.Errorf("%s is empty; name a folder", flag)
	}
	f, err := disk.Begin(dir, patterns...)
	if err != nil {
		return nil, outError(flag, dir, err)
	}
	tellFormer(cmd, dir, f.Former)
	return f, nil
}

// endOut ends the folder of --out, if there is one, where it was not committed, and joins the verb's error. One of writing
// in the folder, such as that of a full disk, is said of --out and not of the temporary file.
func endOut(dir string, f *disk.Folder, err error) error {
	if f == nil {
		return err
	}
	var p *fs.PathError
	if errors.As(err, &p) && strings.HasPrefix(p.Path, f.Path()) {
		err = errors.Join(without(err, p), outError("--out", dir, p))
	}
	return errors.Join(err, f.Abort())
}

// endState says of an error of writing the file of --state, or a temporary one beside it, that it is of --state, and what
// would help.
func endState(path string, err error) error {
	var p *fs.PathError
	if path == "" || !errors.As(err, &p) || filepath.Dir(p.Path) != filepath.Dir(path) {
		return err
	}
	if errors.Is(p, syscall.ENOSPC) || errors.Is(p, syscall.EDQUOT) {
		return errors.Join(without(err, p), fmt.Errorf("--state: %s cannot be written: %w; free some space, or name a file on another disk", path, cause(p)))
	}
	return err
}

// samePlace reports whether two paths name one file or folder, which need not exist.
func samePlace(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	if err == nil && err2 == nil {
		return os.SameFile(one, other)
	}
	x, err := filepath.Abs(a)
	y, err2 := filepath.Abs(b)
	return err == nil && err2 == nil && x == y
}

// prepareOut makes the folder that a flag names, in which files change while a run is at work, and locks it.
func prepareOut(cmd *cobra.Command, flag, dir string) (*disk.Lock, error) {
	if dir == "" {
		return nil, fmt.Errorf("%s is empty; name a folder", flag)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, outError(flag, dir, err)
	}
	if err := disk.Writable(dir); err != nil {
		return nil, outError(flag, dir, err)
	}
	return lockOut(cmd, flag, dir)
}

// prepareFile tries whether a file that a flag names can be written, without making it, and locks it.
func prepareFile(cmd *cobra.Command, flag, path string) (*disk.Lock, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s %s: this is a folder; name a file", flag, path)
	}
	if err := disk.Writable(filepath.Dir(path)); err != nil {
		return nil, outError(flag, filepath.Dir(path), err)
	}
	return lockOut(cmd, flag, path)
}

// lockOut takes the lock of a file or folder that a run goes on from.
func lockOut(cmd *cobra.Command, flag, path string) (*disk.Lock, error) {
	l, err := disk.Acquire(path)
	if err != nil {
		return nil, outError(flag, path, err)
	}
	tellFormer(cmd, path, l.Former)
	return l, nil
}

// tellFormer says that a killed process left its lock behind.
func tellFormer(cmd *cobra.Command, path string, former *disk.Owner) {
	if former != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s was in use by %s, which has ended; taken over\n", path, former)
	}
}

// outError says why nothing can be written to what a flag names.
func outError(flag, path string, err error) error {
	var busy *disk.BusyError
	var foreign *disk.ForeignError
	switch {
	case errors.As(err, &busy):
		return fmt.Errorf("%s: %w; wait for it, or name another", flag, err)
	case errors.As(err, &foreign):
		return fmt.Errorf("%s: %w", flag, err)
	case errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s %s: a file is in the way; name a folder", flag, path)
	}
	return fmt.Errorf("%s: nothing can be written to the folder %s: %w", flag, path, cause(err))
}

// cause returns the error of a file operation without the name of the operation.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// jsonFlag returns the JSON object that a flag holds or the file that it names; nothing for an empty flag.
func jsonFlag(flag, text, example string) ([]byte, error) {
	raw, err := inlineOrFile(text)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENAMETOOLONG) {
		return nil, fmt.Errorf("%s: %q is neither a JSON object, such as %s, nor a file", flag, echo(text), example)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return raw, nil
}

// byteOrderMark stands at the beginning of a text that some editors write; JSON has none.
const byteOrderMark = "\ufeff"

// inlineOrFile returns text itself when it is a JSON object, otherwise the content of the file that it names.
func inlineOrFile(text string) ([]byte, error) {
	t := strings.TrimSpace(text)
	if t == "" || strings.HasPrefix(t, "{") {
		return []byte(t), nil
	}
	raw, err := input.ReadFile(t, input.MaxText)
	raw = bytes.TrimPrefix(raw, []byte(byteOrderMark))
	switch {
	case err != nil:
		return nil, err
	case len(bytes.TrimSpace(raw)) == 0:
		return nil, fmt.Errorf("the file %s is empty", input.Name(t))
	case !utf8.Valid(raw):
		return nil, fmt.Errorf("the file %s is not text in UTF-8", input.Name(t))
	}
	return raw, nil
}

// checkCount refuses a number of images that is not positive, or that does not fit into memory.
func checkCount(flag string, n, least, size int) error {
	if n < least || n > config.MostValues/size {
		return fmt.Errorf("%s is %d; for images of %d values it must lie between %d and %d", flag, n, size, least, config.MostValues/size)
	}
	return nil
}
