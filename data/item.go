package data

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"

	"tweedie/internal/input"
)

// item is one file of a set: on disk, in an fs.FS, in memory, or inside an archive.
type item struct {
	name string // for people: the path, or that of the archive and the member's name
	rel  string // below the folder or inside the archive, with slashes
	open func() (content, error)
}

// content is an open item.
type content struct {
	*io.SectionReader
	io.Closer
}

// place opens files by their paths: those of the disk, or of an fs.FS.
type place func(path string) item

// onDisk is the file at path.
func onDisk(path string) item {
	return item{path, filepath.ToSlash(filepath.Base(path)), func() (content, error) {
		f, size, err := input.Open(path)
		if err != nil {
			return content{}, err
		}
		return content{io.NewSectionReader(f, 0, size), f}, nil
	}}
}

// inside returns the place whose files are those of fsys. One that cannot be read at any offset is read into memory, up to a
// limit of bytes; where only pictures are wanted, of another file only the beginning.
func inside(fsys fs.FS, limit int64, pictures bool) place {
	return func(name string) item {
		return item{name, path.Base(name), func() (content, error) {
			info, err := fs.Stat(fsys, name)
			if err != nil {
				return content{}, err
			}
			if !info.Mode().IsRegular() {
				return content{}, &input.KindError{Path: name, Mode: info.Mode()}
			}
			f, err := fsys.Open(name)
			if err != nil {
				return content{}, err
			}
			if r, ok := f.(io.ReaderAt); ok {
				return content{io.NewSectionReader(r, 0, info.Size()), f}, nil
			}
			defer f.Close()
			var head []byte
			if pictures {
				if head, err = startsImage(f); err != nil || head == nil {
					return held(head), err
				}
			}
			return drain(io.MultiReader(bytes.NewReader(head), f), limit)
		}}
	}
}

// drain holds what a reader delivers in memory, up to a limit of bytes.
func drain(r io.Reader, limit int64) (content, error) {
	var buf bytes.Buffer
	switch n, err := io.Copy(&buf, io.LimitReader(r, limit+1)); {
	case err != nil:
		return content{}, err
	case n > limit:
		return content{}, fmt.Errorf("it has more than %d bytes, the limit of what is held in memory", limit)
	}
	return held(buf.Bytes()), nil
}

// archive is a file with members. While its set is opened it stays open, later it is opened for each member.
type archive struct {
	item
	file input.File // nil when it is not open
}

// section opens the n bytes at off.
func (a *archive) section(off, n int64) (content, error) {
	if a.file != nil {
		return content{io.NewSectionReader(a.file, off, n), io.NopCloser(nil)}, nil
	}
	c, err := a.open()
	if err != nil {
		return content{}, err
	}
	return content{io.NewSectionReader(c, off, n), c}, nil
}

// held is the content b.
func held(b []byte) content {
	return content{io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), io.NopCloser(nil)}
}
