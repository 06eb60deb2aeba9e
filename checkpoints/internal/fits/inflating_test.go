package fits

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"tweedie/checkpoints/internal/store"
)

// TestInflatingLimit: nothing beyond the limit is inflated.
func TestInflatingLimit(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := newInflating(bytes.NewReader(b.Bytes()), int64(b.Len()), 10)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := g.ReadAt(make([]byte, 5), 6); err == nil || !strings.Contains(err.Error(), "11 bytes are wanted, the limit") {
		t.Errorf("%d bytes beyond the limit, %v", n, err)
	}
}

// TestInflatingPlaces: any place can be read after any other.
func TestInflatingPlaces(t *testing.T) {
	raw := make([]byte, 300_000)
	for i := range raw {
		raw[i] = byte(i * i >> 7)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := newInflating(bytes.NewReader(b.Bytes()), int64(b.Len()), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ off, want, n int }{{0, 10, 10}, {299_990, 10, 20}, {5, 10, 10}, {250_000, 50_000, 50_000}, {300_000, 0, 1}, {100, 200_000, 200_000}, {400_000, 0, 1}, {0, 1, 1}} {
		got := make([]byte, c.n)
		n, err := g.ReadAt(got, int64(c.off))
		if n != c.want || (n < c.n) != (err == io.EOF) || n == c.n && err != nil || n > 0 && !bytes.Equal(got[:n], raw[c.off:c.off+n]) {
			t.Errorf("%d bytes at %d: %d, %v", c.n, c.off, n, err)
		}
	}
}

// TestGzipHeadersOnly: an image of 80 MiB is found without memory for it, and its elements come when they are asked for.
func TestGzipHeadersOnly(t *testing.T) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	head := ""
	for _, c := range []string{"SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 83888640", "END"} {
		head += c + strings.Repeat(" ", 80-len(c))
	}
	_, err = w.Write([]byte(head + strings.Repeat(" ", 2880-len(head))))
	piece, seed := make([]byte, 2880), uint64(1)
	for i := 0; i < 83888640 && err == nil; i += len(piece) {
		for k := range 64 { // so that it is not squeezed beyond what may be inflated again
			seed = seed*6364136223846793005 + 1442695040888963407
			piece[k] = byte(seed >> 56)
		}
		_, err = w.Write(piece)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, err := ReadGzip(bytes.NewReader(b.Bytes()), int64(b.Len()))
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
	if err := store.Verify(c.All()[0]); err != nil {
		t.Error(err)
	}
}
