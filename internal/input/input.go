// Package input opens the files that a user names.
//
// Only regular files are opened. A pipe may never deliver a byte, a device never end, and neither can be read at an
// offset or twice; so a folder, pipe, socket or device is refused by its kind, without waiting for it, and the error
// says what to do instead. Links are followed to what they lead to.
//
// Every error is one line: names that hold line breaks or other control characters are quoted.
package input

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode"
)

// MaxText is the limit for files of text that are read whole, such as a config: 64 MiB.
const MaxText = 64 << 20

// KindError is the error of a path that is something else than a regular file.
type KindError struct {
	Path string
	Mode fs.FileMode // of what is there
}

// Error names the kind and the remedy.
func (e *KindError) Error() string { return Name(e.Path) + " is " + kind(e.Mode) }

// kind says what a file of that mode is, and what to do instead.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder, not a regular file; name a file in it"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe, not a regular file; write what it delivers to a file and name that"
	case mode&fs.ModeSocket != 0:
		return "a socket, not a regular file; write what it delivers to a file and name that"
	case mode&fs.ModeDevice != 0:
		return "a device, not a regular file; copy what is wanted of it to a file and name that"
	}
	return "not a regular file"
}

// Stat describes the regular file or the folder at path; anything else is a *KindError.
func Stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, told(path, err)
	case !info.IsDir() && !info.Mode().IsRegular():
		return nil, &KindError{path, info.Mode()}
	}
	return info, nil
}

// Open opens the regular file at path for reading and returns its size; anything else is a *KindError. It never waits
// for the other end of a pipe.
func Open(path string) (*os.File, int64, error) {
	info, err := Stat(path)
	if err == nil && info.IsDir() {
		err = &KindError{path, info.Mode()}
	}
	if err != nil {
		return nil, 0, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0) // what is there may have changed since
	if err != nil {
		return nil, 0, told(path, err)
	}
	switch info, err = f.Stat(); {
	case err != nil:
		err = told(path, err)
	case !info.Mode().IsRegular():
		err = &KindError{path, info.Mode()}
	default:
		return f, info.Size(), nil
	}
	f.Close()
	return nil, 0, err
}

// ReadFile returns the content of the regular file at path; more than limit bytes are an error, before they are read.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, size, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > limit {
		return nil, tooLong(path, size, limit)
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, size))
	if err != nil {
		return nil, told(path, err)
	}
	return b, nil
}

// ReadFS is ReadFile for a file of fsys.
func ReadFS(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, told(name, err)
	case !info.Mode().IsRegular():
		return nil, &KindError{name, info.Mode()}
	case info.Size() > limit:
		return nil, tooLong(name, info.Size(), limit)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, told(name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, info.Size()))
	if err != nil {
		return nil, told(name, err)
	}
	return b, nil
}

func tooLong(path string, size, limit int64) error {
	return fmt.Errorf("%s has %d bytes; at most %d are read", Name(path), size, limit)
}

// mostName bounds the characters of a path that are shown.
const mostName = 400

// Excerpt returns a text from outside, cut after the given number of characters.
func Excerpt(text string, most int) string {
	for at := range text {
		if most == 0 {
			return text[:at] + "…"
		}
		most--
	}
	return text
}

// Name returns a path as it is shown to people: quoted where it holds what would break a line or cannot be seen, and cut
// where it is longer than anyone would read.
func Name(path string) string {
	path = Excerpt(path, mostName)
	hidden := func(r rune) bool { return !unicode.IsPrint(r) }
	if path == "" || strings.ContainsFunc(path, hidden) || strings.TrimSpace(path) != path {
		return strconv.Quote(path)
	}
	return path
}

// List returns names as they are shown to people: the first ten, quoted, and how many more there are.
func List(names []string) string {
	const most = 10
	var b strings.Builder
	for i, n := range names[:min(most, len(names))] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%.200q", n)
	}
	if more := len(names) - most; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// told names the path and the cause in one line; errors.Is finds the cause.
func told(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", Name(path), err)
}
