package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// members collects the files of an archive.
type members struct {
	origin source
	items  []item
	seen   map[string]bool
}

// accept says whether a member is wanted: neither a folder, nor hidden, nor one whose name, kind or repetition makes it
// unusable; those are noted. name is the member's with "./" before it removed.
func (m *members) accept(raw string, mode fs.FileMode) (name string, ok bool) {
	name = strings.TrimPrefix(raw, "./")
	for part := range strings.SplitSeq(name, "/") {
		if mode.IsDir() || strings.HasPrefix(part, ".") && part != "." && part != ".." {
			return "", false
		}
	}
	switch {
	case !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00"):
		m.reject(raw, errors.New("the name is a path out of the archive"))
	case !mode.IsRegular():
		m.reject(raw, errors.New("neither a file nor a folder; links are not followed"))
	case m.seen[name]:
		m.reject(raw, errors.New("the archive has this name twice"))
	default:
		if m.seen == nil {
			m.seen = map[string]bool{}
		}
		m.seen[name] = true
		return name, true
	}
	return "", false
}

func (m *members) reject(name string, why error) {
	m.origin.bad = append(m.origin.bad, Bad{m.origin.name + ": " + name, why.Error()})
}

func (m *members) add(name string, open func() (content, error)) {
	m.items = append(m.items, item{m.origin.name + ": " + name, name, open})
}

// set sorts the members by name and reads the headers of the images.
func (m *members) set(ctx context.Context, kind string, o Options) (Set, error) {
	slices.SortFunc(m.items, func(a, b item) int { return strings.Compare(a.rel, b.rel) })
	s, err := openImages(ctx, m.origin, m.items, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	s.kind = kind + " of images"
	return s, nil
}

// startsImage reads the first bytes of a member; they are given back when it is PNG or JPEG, nil otherwise.
func startsImage(r io.Reader) ([]byte, error) {
	head := make([]byte, 16)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	if imageKind(head[:n]) == "" {
		return nil, nil
	}
	return head[:n], nil
}
