package data

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

// zeros is a reader of n zero bytes.
func zeros(n int64) io.Reader { return io.LimitReader(endless{}, n) }

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// squeezed is head and then n zeros in gzip.
func squeezed(t testing.TB, head []byte, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.Copy(z, io.MultiReader(bytes.NewReader(head), zeros(n))); err != nil {
		t.Fatal(err)
	}
	z.Close()
	return b.Bytes()
}

// rawPNG is a PNG of the given header whose pixels are data in zlib.
func rawPNG(t testing.TB, w, h uint32, depth, kind byte, data io.Reader) []byte {
	t.Helper()
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
		b = append(append(b, name...), body...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[len(b)-len(body)-4:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	chunk("IHDR", append(head, depth, kind, 0, 0, 0))
	var pixels bytes.Buffer
	z := zlib.NewWriter(&pixels)
	if _, err := io.Copy(z, data); err != nil {
		t.Fatal(err)
	}
	z.Close()
	chunk("IDAT", pixels.Bytes())
	chunk("IEND", nil)
	return b
}

// npyOf is an npy of zeros of a shape as numpy would print it, with n bytes of body.
func npyOf(shape string, n int) []byte {
	text := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': %s, }\n", shape)
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text)))
	return append(append(b, text...), make([]byte, n)...)
}

// lying rewrites the first length of a member in the directory of a zip.
func lying(raw []byte, field int, n uint32) []byte {
	at := bytes.Index(raw, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(raw[at+field:], n)
	return raw
}

// longTar is a tar whose one member claims n bytes that are not there.
func longTar(t testing.TB, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "a.png", Size: n, Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), pngBytes(t, gray(4, 3))...)
}

// TestBombs: small files that claim or expand to much are refused in words, and cost no more memory than stated.
func TestBombs(t *testing.T) {
	const MiB = 1 << 20
	idx := idxFile(0, 1<<20, 1<<10, 1<<10)
	image1 := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 100)...)
	for name, c := range map[string]struct {
		raw  []byte
		most uint64 // bytes
		want string
	}{
		"idx claims 2^40 bytes":           {idx, MiB, "more than the"},
		"idx claims no images, huge ones": {idxFile(0, 0, 1<<31, 1<<31), MiB, "limit of pixels"},
		"idx.gz claims 2^40 bytes":        {squeezed(t, idx, 100), MiB, "more than the"},
		"idx.gz goes on after its images": {squeezed(t, idxFile(12, 2, 2, 3), 20*MiB), 2 * MiB, "bytes follow the 12"},
		"idx.gz of 100 MiB":               {squeezed(t, idxFile(0, 100, 1<<10, 1<<10), 20*MiB), MiB, "more than the"},
		"gzip of zeros":                   {squeezed(t, nil, 20*MiB), MiB, "begins with"},
		"tar.gz, a member of 80 MiB":      {gzipped(longTar(t, 80*MiB)), MiB, "limit of the whole archive"},
		"tar.gz, a member of zeros":       {squeezed(t, longTar(t, 20*MiB), 30*MiB), 100 * MiB, "truncated"},
		"tar, a member of 2^40 bytes":     {longTar(t, 1<<40), MiB, "claims 1099511627776 bytes and 78 are left"},
		"png, 2^62 pixels":                {rawPNG(t, 1<<31-1, 1<<31-1, 8, 0, zeros(10)), MiB, "x"},
		"png, 2^34 pixels":                {rawPNG(t, 1<<17, 1<<17, 8, 0, zeros(10)), MiB, "limit of pixels"},
		"png, 2^28 pixels in 100 bytes":   {rawPNG(t, 1<<14, 1<<14, 8, 0, zeros(10)), MiB, "cannot come from"},
		"png, 2^26 pixels of 64 bits":     {rawPNG(t, 1<<13, 1<<13, 16, 6, zeros(MiB)), MiB, "cannot come from"},
		"png, 16000 x 16000 in 249 kB":    {rawPNG(t, 16000, 16000, 8, 0, zeros(16001*16000)), MiB, "when decoded"},
		"png, 8000 x 8000 in 62 kB":       {rawPNG(t, 8000, 8000, 8, 0, zeros(8001*8000)), MiB, "when decoded"},
		"png, more pixels than its size":  {rawPNG(t, 4, 4, 8, 0, zeros(20*MiB)), MiB, "too much pixel data"},
		"npy of shape 2^62":               {npyOf("(2147483648, 32768, 65536)", 10), MiB, "takes"},
		"npy of shape 2^93":               {npyOf("(2147483648, 2147483648, 2147483648)", 10), MiB, "shape"},
		"npz of shape 2^62":               {zipOf(t, zip.Deflate, member{name: "a.npy", body: npyOf("(2147483648, 32768, 65536)", 10)}), MiB, "takes"},
		"npz of 70 MiB":                   {zipOf(t, zip.Deflate, member{name: "a.npy", body: npyOf("(70, 1024, 1024)", 70*MiB)}), 2 * MiB, "save it uncompressed"},
		"zip, a member of 70 MiB":         {zipOf(t, zip.Deflate, member{name: "a.png", body: append(bytes.Clone(image1), make([]byte, 70*MiB)...)}), 2 * MiB, "unpack it"},
		"zip, a member of zeros":          {zipOf(t, zip.Deflate, member{name: "a.png", body: make([]byte, 20*MiB)}), 2 * MiB, "neither PNG nor JPEG"},
		"zip, longer than it says": {lying(zipOf(t, zip.Deflate, member{name: "a.png", body: append(bytes.Clone(image1), make([]byte, 20*MiB)...)}), 24, 200),
			2 * MiB, "does not expand to the 200"},
		"zip, 2^31 bytes from few":  {lying(zipOf(t, zip.Deflate, member{name: "a.png", body: image1}), 24, 1<<31), 2 * MiB, "claims"},
		"zip, more than the file":   {lying(zipOf(t, zip.Deflate, member{name: "a.png", body: image1}), 20, 1<<31), 2 * MiB, "are left"},
		"zip, stored but expanding": {lying(zipOf(t, zip.Store, member{name: "a.png", body: image1}), 24, 1<<20), 2 * MiB, "become"},
	} {
		path := write(t, "x", c.raw)
		c.raw = nil
		var err error
		used := allocated(func() { _, err = Open(t.Context(), path, Options{Check: true}) })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
		if used > c.most {
			t.Errorf("%s: %.1f MiB were taken, want at most %d", name, float64(used)/MiB, c.most/MiB)
		}
	}
}

// TestDecodedLimit: what is meant passes, a photograph of 24 megapixels, and what MaxPixels allows.
func TestDecodedLimit(t *testing.T) {
	const MiB = 1 << 20
	for size, want := range map[int64]int64{100: 64 * MiB, 1 << 18: 100 * MiB, 1 << 20: 400 * MiB, 4 << 20: 512 * MiB, 1 << 62: 512 * MiB} {
		if got := decodedLimit(size); got != want {
			t.Errorf("a file of %d bytes: %d MiB, want %d", size, got/MiB, want/MiB)
		}
	}
	if need := int64(24e6 * (3 + 4*3)); need > decodedLimit(3<<20) {
		t.Errorf("a JPEG of 24 megapixels and 3 MiB takes %d bytes, the limit is %d", need, decodedLimit(3<<20))
	}
	path := write(t, "x", rawPNG(t, 8000, 8000, 8, 0, zeros(8001*8000)))
	refused(t, path, Options{}, "take 305 MB when decoded", "is 64 MB", "limit of pixels")
	if _, err := Open(t.Context(), path, Options{MaxPixels: 64e6}); err != nil {
		t.Errorf("with its pixels stated: %v", err)
	}
}

// TestGrayAlpha: gray with alpha has two planes.
func TestGrayAlpha(t *testing.T) {
	raw := rawPNG(t, 2, 1, 8, 4, bytes.NewReader([]byte{0, 10, 255, 20, 7}))
	deep := rawPNG(t, 2, 1, 16, 4, bytes.NewReader([]byte{0, 1, 2, 255, 255, 3, 4, 0, 9}))
	for _, c := range []struct {
		raw  []byte
		full float64
		want []float64
	}{{raw, 255, []float64{10, 20, 255, 7}}, {deep, 65535, []float64{258, 772, 65535, 9}}} {
		s, err := Open(t.Context(), write(t, "x", c.raw), Options{})
		if err != nil {
			t.Fatal(err)
		}
		img, _ := picture(t, s, 0)
		if ch, h, w := s.Shape(); ch != 2 || h != 1 || w != 2 {
			t.Fatalf("shape %d %d %d", ch, h, w)
		}
		for i, v := range c.want {
			if img[i] != float32(v/c.full) {
				t.Errorf("values %v, want %v over %v", img, c.want, c.full)
			}
		}
	}
	s, err := Open(t.Context(), write(t, "x", raw), Options{Gray: true})
	if err != nil {
		t.Fatal(err)
	}
	if img, _ := picture(t, s, 0); len(img) != 2 || img[1] < 19.99/255 || img[1] > 20.01/255 {
		t.Errorf("luma %v", img)
	}
}
