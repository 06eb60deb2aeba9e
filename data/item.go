package data

import (
	"bytes"
	"io"

	"tweedie/internal/input"
)

// item is one file of a set: on disk, or inside an archive.
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

// onDisk is the file at path.
func onDisk(path, rel string) item {
	return item{path, rel, func() (content, error) {
		f, size, err := input.Open(path)
		if err != nil {
			return content{}, err
		}
		return content{io.NewSectionReader(f, 0, size), f}, nil
	}}
}

// archive is a file with members. While its set is opened it stays open, later it is opened for each member.
type archive struct {
	path string
	file input.File // nil when it is not open
}

// section opens the n bytes at off.
func (a *archive) section(off, n int64) (content, error) {
	if a.file != nil {
		return content{io.NewSectionReader(a.file, off, n), io.NopCloser(nil)}, nil
	}
	return section(a.path, off, n)
}

// section opens n bytes at off of the file at path.
func section(path string, off, n int64) (content, error) {
	f, _, err := input.Open(path)
	if err != nil {
		return content{}, err
	}
	return content{io.NewSectionReader(f, off, n), f}, nil
}

// held is the content b.
func held(b []byte) content {
	return content{io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), io.NopCloser(nil)}
}
