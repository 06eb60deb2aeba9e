package data

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// openFolder takes all files below path, in the order of their names; hidden ones and symbolic links to folders are
// passed over. When every image lies in a subfolder, the number of the subfolder, in the order of names, is its label; one
// folder around all of them does not count.
func openFolder(ctx context.Context, path string, o Options) (Set, error) {
	var files []item
	origin := source{name: path}
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			origin.bad = append(origin.bad, Bad{name, err.Error()})
			if d != nil && d.IsDir() && name != path {
				return fs.SkipDir
			}
		case name != path && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir():
			if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
				return nil
			}
			rel, err := filepath.Rel(path, name)
			if err != nil {
				return err
			}
			files = append(files, onDisk(name, filepath.ToSlash(rel)))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	s, err := openImages(ctx, origin, files, o)
	if err != nil {
		return nil, fmt.Errorf("data: %q: %w", path, err)
	}
	return s, nil
}
