package store

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// pieces notes the longest read that is asked of a reader, which fails at an offset when that is not 0.
type pieces struct {
	r       io.ReaderAt
	longest int
	bad     int64
}

var errBad = errors.New("bad sector")

func (p *pieces) ReadAt(b []byte, off int64) (int, error) {
	p.longest = max(p.longest, len(b))
	if p.bad > 0 && off+int64(len(b)) > p.bad {
		return 0, errBad
	}
	return p.r.ReadAt(b, off)
}

// A section of any size is read in pieces, between which a signal can end the process.
func TestSectionIsReadInPieces(t *testing.T) {
	raw := make([]byte, 3*ChunkSize+100)
	for i := range raw {
		raw[i] = byte(i * 7 % 251)
	}
	p := &pieces{r: bytes.NewReader(raw)}
	got, err := Section{p, 50, int64(len(raw)) - 50}.All()
	if err != nil || !bytes.Equal(got, raw[50:]) || p.longest > ChunkSize {
		t.Errorf("%v, right %v, in reads of up to %d bytes; want at most %d", err, bytes.Equal(got, raw[50:]), p.longest, ChunkSize)
	}
	if _, err := (Section{p, 51, int64(len(raw)) - 50}).All(); err != io.ErrUnexpectedEOF {
		t.Errorf("one byte too many: %v", err)
	}
	p.bad = 2 * ChunkSize
	if _, err := (Section{p, 0, int64(len(raw))}).All(); err != errBad {
		t.Errorf("a sector that cannot be read: %v", err)
	}
}
