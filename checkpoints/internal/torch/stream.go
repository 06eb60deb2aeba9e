package torch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

const (
	magicNumber = "119547037146038801333356" // 0x1950a86a20f9469cfc6c
	protocol    = 1001
)

// IsStream reports whether a file begins with the number that torch writes first, as a pickle of its own, which may name nothing.
func IsStream(r io.ReaderAt, size int64) bool {
	magic, err := pickle.NewDecoder(r, size).Decode()
	return err == nil && isMagic(magic)
}

// ReadStream reads what torch wrote before version 1.6.
func ReadStream(r io.ReaderAt, size int64) (*store.Contents, error) {
	tr, object, err := stream(r, size, size, true)
	var c *store.Contents
	if err == nil {
		c, err = tr.Contents("torch legacy", object)
	}
	if err != nil {
		err = fmt.Errorf("torch, legacy stream: %w", err)
	}
	return c, err
}

func isMagic(v any) bool {
	n, ok := v.(*big.Int)
	return ok && n.String() == magicNumber
}

// stream reads what torch before 1.6 wrote: five pickles (magic, version, system, object, keys of the storages in
// the order in which they follow), which end within the first head bytes, and for each storage its count as int64 and
// its elements. With foreign, the object may name what is not known.
func stream(r io.ReaderAt, size, head int64, foreign bool) (*Reader, any, error) {
	d := pickle.NewDecoder(r, head) // names nothing before the object
	magic, err := d.Decode()
	switch {
	case err != nil:
		return nil, nil, err
	case !isMagic(magic):
		return nil, nil, fmt.Errorf("%s where torch's magic number should be", pickle.Short(magic))
	}
	version, err := d.Decode()
	if err != nil {
		return nil, nil, err
	}
	if version != int64(protocol) {
		return nil, nil, fmt.Errorf("version %s, want %d", pickle.Short(version), protocol)
	}
	swap, err := bigEndian(d)
	if err != nil {
		return nil, nil, err
	}
	tr := NewReader(size)
	tr.legacy, tr.swap = true, swap
	d.Table, d.Persistent, d.Foreign = tr.Table(), tr.persistent, foreign
	object, err := d.Decode()
	if err != nil {
		return nil, nil, err
	}
	d.Table, d.Persistent, d.Foreign = nil, nil, false
	keys, err := d.Decode()
	if err != nil {
		return nil, nil, err
	}
	return tr, object, tr.locate(r, d.Offset(), keys)
}

// bigEndian reads the third pickle, {"little_endian": ..., ...}.
func bigEndian(d *pickle.Decoder) (bool, error) {
	v, err := d.Decode()
	if err != nil {
		return false, err
	}
	if info, ok := v.(*pickle.Dict); ok {
		order, _ := info.Get("little_endian")
		if little, ok := order.(bool); ok {
			return !little, nil
		}
	}
	return false, errors.New("the third pickle does not say little_endian")
}

// locate walks over the storages, which fill the file from at to its end, each that the object names once.
func (tr *Reader) locate(r io.ReaderAt, at int64, keys any) error {
	list, ok := keys.(*pickle.List)
	if !ok || len(list.Items) != len(tr.storages) {
		return fmt.Errorf("the list of keys is %s and does not have the object's %d storages", pickle.Kind(keys), len(tr.storages))
	}
	for _, k := range list.Items {
		key, _ := k.(string)
		s := tr.storages[key]
		if s == nil || s.rec != nil {
			return fmt.Errorf("key %s is no storage of the object, or is listed twice", pickle.Short(k))
		}
		var word [8]byte
		if err := store.ReadFull(r, word[:], at); err != nil {
			return fmt.Errorf("storage %q: %w", key, err)
		}
		at += 8
		bytes := s.given * s.width() // persistent compared it with the file
		if n := binary.LittleEndian.Uint64(word[:]); n != uint64(s.given) || bytes > tr.size-at {
			return fmt.Errorf("storage %q: %d elements in the %d bytes that are left, the object says %d of %v", key, n, tr.size-at, s.given, s.dtype)
		}
		s.rec = &record{Section: store.Section{R: r, Off: at, N: bytes}}
		at += bytes
	}
	if at != tr.size {
		return fmt.Errorf("%d bytes follow the last storage", tr.size-at)
	}
	return nil
}
