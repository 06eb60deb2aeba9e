// Package safetensors reads and writes files of safetensors, plain and wrapped in zstd as a whole.
//
//	file   = N (uint64, little-endian)  header (N bytes of JSON)  buffer
//	header = {"__metadata__": {string: string}, "name": {"dtype": "F32", "shape": [2,3], "data_offsets": [b, e]}, ...}
//	tensor = buffer[b:e], little-endian, row-major;   e - b = itemsize * prod(shape)
package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"tweedie/checkpoints/internal/store"
)

// MaxHeader limits a header in bytes, as the reference implementation does.
const MaxHeader = 100_000_000

// Is reports whether a file begins with the length of a header and the brace that opens it.
func Is(head []byte) bool {
	return len(head) > 8 && head[8] == '{' && binary.LittleEndian.Uint64(head) <= MaxHeader
}

// Read reads the header of a file of size bytes, whose tensors stay in it.
func Read(r io.ReaderAt, size int64) (*store.Contents, error) {
	if size < 8 {
		return nil, fmt.Errorf("safetensors: %d bytes, fewer than the 8 of the header's length", size)
	}
	word, err := store.Section{R: r, N: 8}.All()
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	n, err := headerLength([8]byte(word), size-8)
	if err != nil {
		return nil, err
	}
	header, err := store.Section{R: r, Off: 8, N: n}.All()
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	entries, meta, end, err := parseHeader(header)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	if have := size - 8 - n; end != have {
		return nil, fmt.Errorf("safetensors: the tensors take %d bytes, the file has %d after its header", end, have)
	}
	c := &store.Contents{Format: "safetensors", Meta: meta}
	ts := make([]*store.Tensor, 0, len(entries))
	for _, e := range entries {
		if e.why != "" {
			c.Refuse(e.name, e.why)
			continue
		}
		t := store.New(e.name, e.dtype, e.shape, e.end-e.begin, store.Section{R: r, Off: 8 + n + e.begin, N: e.end - e.begin})
		t.Complex = e.complex
		ts = append(ts, t)
	}
	if len(c.Refused) > 0 && len(ts) == 0 {
		return nil, fmt.Errorf("safetensors: there is no tensor that can be read: %.80q is %s", c.Values[0].Name, c.Values[0].V)
	}
	return c, c.Add(ts...)
}

// otherKind names what a file that begins with these bytes is when it is no checkpoint; "" when nothing is known.
func otherKind(word [8]byte) string {
	switch head := string(word[:]); {
	case head == "\x89PNG\r\n\x1a\n":
		return "a PNG picture"
	case strings.HasPrefix(head, "\xff\xd8\xff"):
		return "a JPEG picture"
	case strings.IndexFunc(head, func(r rune) bool { return r != '\t' && r != '\n' && r != '\r' && (r < ' ' || r > '~') }) < 0:
		return "text"
	}
	return ""
}

// headerLength decodes and limits the length at the beginning of a file with rest bytes after it.
func headerLength(word [8]byte, rest int64) (int64, error) {
	n := binary.LittleEndian.Uint64(word[:])
	if n > MaxHeader {
		if kind := otherKind(word); kind != "" {
			return 0, fmt.Errorf("the file is %s (it begins with %q), not an array or a checkpoint", kind, word)
		}
		return 0, fmt.Errorf("the file begins with %q, as none does that can be read: safetensors (also in zstd), npy, npz, torch files, snapshots of EDM, flax's msgpack and FITS", word)
	}
	if int64(n) > rest {
		return 0, fmt.Errorf("safetensors: the header claims %d bytes, %d follow", n, rest)
	}
	return int64(n), nil
}
