package data

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// walk collects the files below a folder, in the order of their names; hidden ones and symbolic links to folders are passed over.
type walk struct {
	ctx    context.Context
	root   string
	at     place
	stat   func(name string) (fs.FileInfo, error) // follows links
	files  []item
	origin source
}

// visit implements fs.WalkDirFunc.
func (w *walk) visit(name string, d fs.DirEntry, err error) error {
	switch {
	case w.ctx.Err() != nil:
		return w.ctx.Err()
	case err != nil:
		w.origin.bad = append(w.origin.bad, Bad{name, err.Error()})
		if d != nil && d.IsDir() && name != w.root {
			return fs.SkipDir
		}
	case name != w.root && strings.HasPrefix(d.Name(), "."):
		if d.IsDir() {
			return fs.SkipDir
		}
	case !d.IsDir():
		if info, err := w.stat(name); err == nil && !info.Mode().IsRegular() {
			return nil
		}
		rel, err := filepath.Rel(w.root, name)
		if err != nil {
			return err
		}
		f := w.at(name)
		f.rel = filepath.ToSlash(rel)
		w.files = append(w.files, f)
	}
	return nil
}

// openFolder takes all files below a path, by a function that walks there. When every image lies in a subfolder, the number of the
// subfolder, in the order of names, is its label; one folder around all of them does not count.
func (w *walk) openFolder(through func(root string, visit fs.WalkDirFunc) error, o Options) (Set, error) {
	if err := through(w.root, w.visit); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	w.origin.name = w.root
	s, err := openImages(w.ctx, w.origin, w.files, o)
	if err != nil {
		return nil, fmt.Errorf("data: %q: %w", w.root, err)
	}
	return s, nil
}

// openDiskFolder opens the folder at path.
func openDiskFolder(ctx context.Context, path string, o Options) (Set, error) {
	w := &walk{ctx: ctx, root: path, at: onDisk, stat: os.Stat}
	return w.openFolder(filepath.WalkDir, o)
}

// openFSFolder opens the folder of fsys with that name.
func openFSFolder(ctx context.Context, fsys fs.FS, name string, o Options) (Set, error) {
	w := &walk{ctx: ctx, root: name, at: inside(fsys, o.read(), true), stat: func(name string) (fs.FileInfo, error) { return fs.Stat(fsys, name) }}
	return w.openFolder(func(root string, visit fs.WalkDirFunc) error { return fs.WalkDir(fsys, root, visit) }, o)
}
