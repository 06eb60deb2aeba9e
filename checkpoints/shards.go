package checkpoints

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/internal/input"
)

const (
	maxIndex  = 16 << 20 // bytes of an index
	maxShards = 1000     // files that it may name
)

// indexKey is what tells an index from other JSON: {"metadata": {...}, "weight_map": {tensor: file, ...}}.
const indexKey = "weight_map"

// openShards opens the files that an index names, which lie beside it, as one.
func openShards(path string) (*File, error) {
	text, err := input.ReadFile(path, maxIndex)
	if err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	var index struct {
		Files map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, fmt.Errorf("checkpoints: an index of weights: %w", err)
	}
	files := map[string]bool{}
	for name, file := range index.Files {
		if strings.Trim(file, ".") == "" || strings.ContainsAny(file, `/\:`) {
			return nil, fmt.Errorf("checkpoints: the index places %.80q in %.80q, which is no name of a file beside it", name, file)
		}
		if files[file] = true; len(files) > maxShards {
			return nil, fmt.Errorf("checkpoints: the index names more than %d files", maxShards)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("checkpoints: this is JSON without a %s that names files: the config beside the weights, or an index that broke off", indexKey)
	}
	all := &File{}
	held := map[string]*File{}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		f, err := openPart(filepath.Join(filepath.Dir(path), file))
		if err == nil {
			held[file] = f
			err = all.join(f)
		}
		if err != nil {
			all.Close()
			return nil, fmt.Errorf("checkpoints: part %.80q of the index: %w", file, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(index.Files)) {
		f := held[index.Files[name]]
		if _, refused := f.set.Refused[name]; !f.Has(name) && !refused {
			all.Close()
			return nil, fmt.Errorf("checkpoints: the index places %.80q in %.80q, which does not hold it", name, index.Files[name])
		}
	}
	all.unwrap()
	return all, nil
}

// openPart opens a file that is no index itself, with names as they are in it.
func openPart(path string) (*File, error) {
	r, size, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := read(r, size)
	if err != nil {
		r.Close()
		return nil, err
	}
	f.closer = r
	return f, nil
}

// join adds all that another file holds, and closes it with f.
func (f *File) join(part *File) error {
	all, _ := f.closer.(closers)
	f.closer = append(all, part)
	if f.Format == "" {
		f.Format, f.Meta = part.Format, part.Meta
	}
	f.Values = append(f.Values, part.Values...)
	for name, why := range part.set.Refused {
		f.set.Refused.Add(name, why)
	}
	return f.Add(part.set.All()...)
}

// closers are closed together.
type closers []io.Closer

// Close closes all.
func (c closers) Close() error {
	var errs []error
	for _, one := range c {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}
