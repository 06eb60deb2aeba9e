package checkpoints

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"tweedie/internal/input"
	"tweedie/internal/npy"
)

// Open reads the header of a file of any format that Read knows, or of the files that the index of weights in several
// (model.safetensors.index.json) names, or of the weights in a folder that diffusers wrote, whose configs become the
// values config.json and scheduler_config.json. Close the file after use.
func Open(path string) (*File, error) {
	info, err := input.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	if info.IsDir() {
		f, err := openFolder(path)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		return f, nil
	}
	r, size, err := input.Open(path)
	if err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	if isIndex(r, size) {
		r.Close()
		f, err := openShards(path)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		return f, nil
	}
	f, err := Read(r, size)
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	f.closer = r
	return f, nil
}

// isIndex reports whether a file is JSON that may name files of weights.
func isIndex(r io.ReaderAt, size int64) bool {
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return false
	}
	return size <= maxIndex && !isSafetensors(head) && bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && holdsText(r, size, indexKey)
}

// holdsText reports whether a quoted word occurs in a small file.
func holdsText(r io.ReaderAt, size int64, word string) bool {
	text, err := section{r, 0, size}.all()
	return err == nil && bytes.Contains(text, []byte(`"`+word+`"`))
}

// Read reads the header of the size bytes of r, which must stay readable while tensors are. It goes by content:
// safetensors, plain or wrapped in zstd; npz; npy, whose only tensor is called arr_0; what torch.save writes, now and
// before version 1.6; network snapshots of EDM; what flax.serialization.to_bytes writes; images and binary tables of
// FITS, also in gzip. Complex arrays of numpy become real ones with a last axis of 2 (re, im). In a torch file, keys of
// nested dicts and places in lists are joined by dots. Of names in safetensors and torch files of others, what wrappers of
// torch put in between ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "module.") is left out. The error for anything else says what it seems to be.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f, err := read(r, size)
	if err == nil {
		f.unwrap()
	}
	return f, err
}

// read is Read with names as they are in the file.
func read(r io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	var f *File
	var err error
	switch {
	case isSafetensors(head): // its length may look like any of the others
		f, err = readSafetensors(r, size)
	case bytes.HasPrefix(head, zstdMagic):
		f, err = readZstd(r, size)
	case npy.IsArchive(head):
		f, err = readZip(r, size)
	case len(head) > 1 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5:
		f, err = readPickle(r, size)
	case bytes.HasPrefix(head, []byte(npy.Magic)):
		f, err = readNPY(r, size)
	case bytes.HasPrefix(head, []byte(fitsMagic)):
		f, err = readFITS(r, size, "fits")
	case bytes.HasPrefix(head, gzipMagic):
		f, err = readGzip(r, size)
	case isFlax(head):
		f, err = readFlax(r, size)
	default:
		if what := foreign(head); what != "" {
			return nil, fmt.Errorf("checkpoints: this is %s; safetensors (also in zstd), npy, npz, torch files, snapshots of EDM, flax's msgpack and FITS can be read", what)
		}
		if tail := make([]byte, len(tableMagic)); size > 48 && readFull(r, tail, size-8) == nil && bytes.Equal(tail, tableMagic) {
			return nil, fmt.Errorf("checkpoints: this is the index of a checkpoint of TensorFlow: %s", tensorflow)
		}
		f, err = readSafetensors(r, size)
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	if err := checkVersion(f.Meta); err != nil {
		return nil, err
	}
	return f, nil
}

// isSafetensors reports whether a file begins with the length of a header and the brace that opens it.
func isSafetensors(head []byte) bool {
	return len(head) > 8 && head[8] == '{' && binary.LittleEndian.Uint64(head) <= maxHeader
}

func readSafetensors(r io.ReaderAt, size int64) (*File, error) {
	if size < 8 {
		return nil, fmt.Errorf("safetensors: %d bytes, fewer than the 8 of the header's length", size)
	}
	word, err := section{r, 0, 8}.all()
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	n, err := headerLength([8]byte(word), size-8)
	if err != nil {
		return nil, err
	}
	header, err := section{r, 8, n}.all()
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
	f := &File{Format: "safetensors", Meta: meta}
	ts := make([]*Tensor, 0, len(entries))
	for _, e := range entries {
		if e.why != "" {
			f.refuse(e.name, e.why)
			continue
		}
		ts = append(ts, &Tensor{Name: e.name, DType: e.dtype, Shape: e.shape, Complex: e.complex, bytes: e.end - e.begin, src: section{r, 8 + n + e.begin, e.end - e.begin}})
	}
	if len(f.refused) > 0 && len(ts) == 0 {
		return nil, fmt.Errorf("safetensors: there is no tensor that can be read: %.80q is %s", f.Values[0].Name, f.Values[0].V)
	}
	return f, f.Add(ts...)
}

// refuse notes a tensor that cannot be read.
func (f *File) refuse(name, why string) {
	f.refused.add(name, why)
	f.Values = append(f.Values, Value{name, "<" + why + ">"})
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
	if n > maxHeader {
		if kind := otherKind(word); kind != "" {
			return 0, fmt.Errorf("the file is %s (it begins with %q), not an array or a checkpoint", kind, word)
		}
		return 0, fmt.Errorf("safetensors: the first 8 bytes, %q, make a header of %d bytes; the limit is %d", word, n, maxHeader)
	}
	if int64(n) > rest {
		return 0, fmt.Errorf("safetensors: the header claims %d bytes, %d follow", n, rest)
	}
	return int64(n), nil
}
