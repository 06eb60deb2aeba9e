package flax

import (
	"fmt"
	"io"
	"unicode/utf8"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

// room refuses a length that the file cannot hold.
func (p *packed) room(what string, n, each uint64) error {
	if left := uint64(p.left()); n > left/each {
		return fmt.Errorf("byte %d: %s of length %d, %d bytes are left", p.at, what, n, left)
	}
	return nil
}

func (p *packed) text(n uint64) (string, error) {
	if err := p.room("a string", n, 1); err != nil {
		return "", err
	}
	if err := p.charge(int64(n)); err != nil {
		return "", err
	}
	var b []byte
	var err error
	if n <= blockSize {
		b, err = p.take(int(n))
	} else {
		b, err = store.Section{R: p.r, Off: p.at, N: int64(n)}.All()
		p.at += int64(n)
	}
	if err == nil && !utf8.Valid(b) {
		err = fmt.Errorf("byte %d: the string %.80q is not valid UTF-8", p.at-int64(n), b)
	}
	return string(b), err
}

func (p *packed) binary(n uint64) (*pickle.Bytes, error) {
	if err := p.room("binary data", n, 1); err != nil {
		return nil, err
	}
	b := &pickle.Bytes{SectionReader: *io.NewSectionReader(p.r, p.at, int64(n))}
	p.at += int64(n)
	return b, p.charge(80)
}

func (p *packed) list(n uint64) (any, error) {
	if err := p.room("an array", n, 1); err != nil {
		return nil, err
	}
	if err := p.charge(64 + 32*int64(n)); err != nil {
		return nil, err
	}
	l := &pickle.List{}
	for range n {
		v, err := p.one()
		if err != nil {
			return nil, err
		}
		l.Items = append(l.Items, v)
	}
	return l, nil
}

func (p *packed) dict(n uint64) (any, error) {
	if err := p.room("a map", n, 2); err != nil {
		return nil, err
	}
	if err := p.charge(128 + 128*int64(n)); err != nil {
		return nil, err
	}
	d := &pickle.Dict{}
	for range n {
		at := p.at
		k, err := p.one()
		if err != nil {
			return nil, err
		}
		name, ok := k.(string)
		if _, twice := d.Get(k); !ok || twice {
			return nil, fmt.Errorf("byte %d: the key %s of a map is no string or appears twice", at, pickle.Short(k))
		}
		p.path = append(p.path, name)
		v, err := p.one()
		if err != nil {
			return nil, err
		}
		if err := d.Set(name, v); err != nil {
			return nil, err
		}
		p.path = p.path[:len(p.path)-1]
	}
	if _, ok := d.Get(chunkedMark); ok {
		return chunked(d)
	}
	return d, nil
}

// extension reads the content, one value that fills the n bytes, which ext then turns into something else.
func (p *packed) extension(n uint64) (any, error) {
	kind, err := p.number(1)
	if err != nil {
		return nil, err
	}
	if err := p.room("an extension", n, 1); err != nil {
		return nil, err
	}
	if !knownExtension(int8(kind)) {
		return nil, fmt.Errorf("byte %d: extension type %d; flax has 1, 2 and 3", p.at-1, int8(kind))
	}
	outer, end := p.size, p.at+int64(n)
	p.size = end
	content, err := p.one()
	if err == nil && p.at != end {
		err = fmt.Errorf("byte %d: %d bytes follow the content of an extension", p.at, end-p.at)
	}
	p.size = outer
	if err != nil {
		return nil, err
	}
	return p.ext(int8(kind), content)
}
