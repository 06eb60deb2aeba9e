package zoo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tweedie/checkpoints"
	"tweedie/internal/input"
)

// copyLocal copies to part the file at from, or the one in that folder that is wanted.
func copyLocal(ctx context.Context, from, part string, wanted []CardFile, progress func(done, total int64)) error {
	info, err := input.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		if from, err = within(ctx, from, wanted); err != nil {
			return err
		}
	}
	in, size, err := input.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if limit := most(wanted); size > limit {
		return fmt.Errorf("%s has %d bytes; want at most %d", input.Name(from), size, limit)
	}
	out, err := os.Create(part)
	if err != nil {
		return err
	}
	w := &meter{ctx: ctx, w: out, total: size, progress: progress}
	_, err = io.Copy(w, io.LimitReader(in, size))
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

// within is the file in a folder that is wanted: by its sha256, whatever its name; by its name where there is none.
func within(ctx context.Context, folder string, wanted []CardFile) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	var names []string
	for _, f := range wanted {
		names = append(names, f.Name)
		for _, e := range entries {
			path := filepath.Join(folder, e.Name())
			if f.SHA256 == "" && e.Name() == f.Name {
				return path, nil
			}
			info, err := os.Stat(path)
			if f.SHA256 == "" || err != nil || !info.Mode().IsRegular() || f.Bytes != 0 && info.Size() != f.Bytes {
				continue
			}
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			if h, err := checkpoints.HashFile(path); err == nil && h == f.SHA256 {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("folder %s has no file %s, under any name", input.Name(folder), strings.Join(names, " or "))
}

// meter writes to w until ctx ends, and reports how far it is.
type meter struct {
	ctx         context.Context
	w           io.Writer
	done, total int64
	progress    func(done, total int64)
}

func (m *meter) Write(b []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.w.Write(b)
	m.done += int64(n)
	if m.progress != nil {
		m.progress(m.done, m.total)
	}
	return n, err
}
