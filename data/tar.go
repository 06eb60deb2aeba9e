package data

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"tweedie/internal/input"
)

// isTar reports whether the header of the first member has the mark of POSIX and GNU archives.
func isTar(head []byte) bool {
	return len(head) >= 262 && string(head[257:262]) == "ustar"
}

// openTar notes where the members lie; they stay on disk.
func openTar(ctx context.Context, origin source, f input.File, size int64, o Options) (Set, error) {
	m, from := &members{origin: origin}, &archive{origin.at(origin.name), f}
	defer func() { from.file = nil }()
	whole := io.NewSectionReader(f, 0, size)
	err := m.walkTar(tar.NewReader(whole), func(name string, h *tar.Header, _ io.Reader) error {
		at, err := whole.Seek(0, io.SeekCurrent) // the reader of the archive takes no more than the header
		if err != nil {
			return err
		}
		if h.Size > size-at {
			return fmt.Errorf("it claims %d bytes and %d are left", h.Size, size-at)
		}
		m.add(name, func() (content, error) { return from.section(at, h.Size) })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m.set(ctx, "tar", o)
}

// openTarStream keeps the images of a compressed archive in memory, as they are in their files, as far as limit goes.
func openTarStream(ctx context.Context, origin source, r io.Reader, limit int64, o Options) (Set, error) {
	m := &members{origin: origin}
	err := m.walkTar(tar.NewReader(r), func(name string, h *tar.Header, r io.Reader) error {
		if h.Size > limit {
			return fmt.Errorf("it claims %d bytes, the limit of the whole archive is %d; unpack it and name the folder", h.Size, limit)
		}
		head, err := startsImage(r)
		if err != nil {
			return err
		}
		buf := bytes.NewBuffer(head)
		if head != nil {
			if _, err := io.Copy(buf, r); err != nil {
				return err
			}
		}
		raw := bytes.Clone(buf.Bytes()) // without the room to grow
		m.add(name, func() (content, error) { return held(raw), nil })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m.set(ctx, "tar", o)
}

// walkTar hands every wanted member to take.
func (m *members) walkTar(t *tar.Reader, take func(name string, h *tar.Header, r io.Reader) error) error {
	last := "the beginning"
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("tar: after %s: %w", last, err)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		last = fmt.Sprintf("%.200q", h.Name)
		mode := h.FileInfo().Mode()
		if h.Typeflag == tar.TypeLink {
			mode |= fs.ModeIrregular
		}
		name, ok := m.accept(h.Name, mode)
		switch {
		case !ok:
		case sparse(h):
			m.reject(h.Name, errors.New("stored with holes; pack it without --sparse"))
		default:
			if err := take(name, h, t); err != nil {
				return fmt.Errorf("tar: %s: %w", last, err)
			}
		}
	}
}

// sparse reports whether the bytes of a member are not simply those that follow its header.
func sparse(h *tar.Header) bool {
	for k := range h.PAXRecords {
		if strings.HasPrefix(k, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}
