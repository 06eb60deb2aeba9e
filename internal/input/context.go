package input

import (
	"context"
	"io"
)

// File is what can be read at any place and in order, such as an *os.File or a *bytes.Reader.
type File interface {
	io.Reader
	io.ReaderAt
}

// WithContext returns a reader of f whose every read fails with the error of ctx once ctx has ended, so that a long
// decoding that reads from it ends too.
func WithContext(ctx context.Context, f File) File { return &bounded{ctx, f} }

type bounded struct {
	ctx  context.Context
	file File
}

func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.file.Read(p)
}

func (b *bounded) ReadAt(p []byte, off int64) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.file.ReadAt(p, off)
}
