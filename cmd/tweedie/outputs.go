package main

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

	"tweedie/internal/input"
)

// prepareOut makes the folder that a flag names and tries to write there, before anything is computed.
func prepareOut(flag, dir string) error {
	if dir == "" {
		return fmt.Errorf("%s is empty; name a folder", flag)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s %s: a file is in the way; name a folder", flag, dir)
		}
		return fmt.Errorf("%s %s: the folder cannot be made: %w", flag, dir, cause(err))
	}
	return writable(flag, dir)
}

// prepareFile tries whether a file that a flag names can be written, without making it.
func prepareFile(flag, path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s %s: this is a folder; name a file", flag, path)
	}
	return writable(flag, filepath.Dir(path))
}

func writable(flag, dir string) error {
	f, err := os.CreateTemp(dir, ".tweedie-*.tmp")
	if err != nil {
		return fmt.Errorf("%s: nothing can be written to the folder %s: %w", flag, dir, cause(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// cause is the error of a file operation without the operation's name.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// jsonFlag is the text of a flag that holds a JSON object or the name of a file with one; empty when the flag is.
func jsonFlag(flag, text, example string) ([]byte, error) {
	raw, err := inlineOrFile(text)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %q is neither a JSON object, such as %s, nor a file", flag, text, example)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return raw, nil
}

// inlineOrFile is text itself when it is a JSON object, otherwise the content of the file it names.
func inlineOrFile(text string) ([]byte, error) {
	t := strings.TrimSpace(text)
	if t == "" || strings.HasPrefix(t, "{") {
		return []byte(t), nil
	}
	raw, err := input.ReadFile(t, input.MaxText)
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

// maxValues bounds what one run keeps in memory: the images that it is asked for.
const maxValues = 1 << 30

// checkCount refuses a number of images that is not positive, or that does not fit into memory.
func checkCount(flag string, n, least, size int) error {
	if n < least || n > maxValues/size {
		return fmt.Errorf("%s is %d; for images of %d values it must lie between %d and %d", flag, n, size, least, maxValues/size)
	}
	return nil
}
