package arrays

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"tweedie/internal/config"
	"tweedie/internal/input"
)

// File names a file in a description that is no array, such as the weights of a network; in JSON it is a string. Who has the
// description reads the file.
type File struct{ Path string }

// DecodeFrom reads the name, which is relative to the folder where source is a Dir, and makes its path absolute there.
func (f *File) DecodeFrom(raw []byte, source config.Source) (err error) {
	if err := f.UnmarshalJSON(raw); err != nil {
		return err
	}
	if d, ok := source.(Dir); ok && f.Path != "" {
		f.Path, err = filepath.Abs(Under(d.Path, f.Path))
	}
	return err
}

// UnmarshalJSON reads the name; null keeps the one that there is.
func (f *File) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	if err := config.Decode(raw, &f.Path); err != nil {
		return err
	}
	if f.Path == "" {
		return errors.New("is empty; name a file")
	}
	return nil
}

// MarshalJSON writes the name.
func (f File) MarshalJSON() ([]byte, error) { return json.Marshal(f.Path) }

// IsZero reports whether no file is named, so that omitzero leaves it out.
func (f File) IsZero() bool { return f.Path == "" }

// Outline says what a File is in JSON.
func (File) Outline() string { return "file" }

// told says what the file holds.
func (f File) told() (string, error) {
	r, size, err := input.Open(f.Path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, size)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes of hash %x", size, sum.Sum(nil)[:8]), nil
}
