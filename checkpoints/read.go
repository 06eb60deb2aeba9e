package checkpoints

import (
	"bytes"
	"fmt"
	"io"

	"tweedie/checkpoints/internal/foreign"
	"tweedie/checkpoints/internal/safetensors"
	"tweedie/checkpoints/internal/store"
	"tweedie/internal/input"
)

// Open reads the header of a file of any format that Read knows, or of the files that the index of weights in several
// (model.safetensors.index.json) names, or of the weights in a folder that diffusers wrote, whose configs become the
// values config.json, scheduler_config.json and, of a pipeline, model_index.json. Close the file after use.
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
	f, err := readNamed(path, r, size)
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	f.closer = r
	return f, nil
}

// readNamed is Read of a file whose name may tell what it should be.
func readNamed(path string, r io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	if what := foreign.Ending(path, head); what != "" && !certain(head) && foreign.Known(head) == "" {
		return nil, fmt.Errorf("checkpoints: %s", what)
	}
	return Read(r, size)
}

// isIndex reports whether a file is JSON that may name files of weights.
func isIndex(r io.ReaderAt, size int64) bool {
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return false
	}
	return size <= maxIndex && !safetensors.Is(head) && bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && holdsText(r, size, indexKey)
}

// holdsText reports whether a quoted word occurs in a small file.
func holdsText(r io.ReaderAt, size int64, word string) bool {
	text, err := store.Section{R: r, N: size}.All()
	return err == nil && bytes.Contains(text, []byte(`"`+word+`"`))
}

// Read reads the header of the size bytes of r, which must stay readable while tensors are. It goes by content:
// safetensors, plain or wrapped in zstd; npz; npy, whose only tensor is called arr_0; what torch.save writes, now and
// before version 1.6; network snapshots of EDM; what flax.serialization.to_bytes writes; images and binary tables of
// FITS, also in gzip. Complex arrays of numpy become real ones with a last axis of 2 (re, im). In a torch file, keys of
// nested dicts and places in lists are joined by dots. Of names in safetensors and torch files of others, what wrappers of
// torch put in between ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "module.") is left out. The
// error for anything else says what it seems to be.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f, err := read(r, size)
	if err == nil {
		f.unwrap()
	}
	return f, err
}

// readable lists what can be read.
const readable = "safetensors (also in zstd), npy, npz, torch files, snapshots of EDM, flax's msgpack and FITS"

// read is Read with names as they are in the file.
func read(r io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	readFormat := formatOf(head)
	if readFormat == nil {
		if what := foreign.File(head); what != "" {
			return nil, fmt.Errorf("checkpoints: this is %s; %s can be read", what, readable)
		}
		if what := foreign.Index(r, size); what != "" {
			return nil, fmt.Errorf("checkpoints: this is %s", what)
		}
		readFormat = safetensors.Read
	}
	c, err := readFormat(r, size)
	if err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	f := &File{Format: c.Format, Meta: c.Meta, Values: c.Values, set: c.Set}
	if err := checkVersion(f.Meta); err != nil {
		return nil, err
	}
	return f, nil
}
