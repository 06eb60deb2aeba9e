package data

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzOpen: whatever a file holds, opening and reading it ends with an error or with values in the declared range.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("1,2,3,4\n5,6,7,8,9\n"))
	f.Add(gzipped([]byte("1,2,3,4,0\n")))
	f.Add(idxFile(8, 2, 2, 2))
	f.Add(gzipped(idxFile(8, 2, 2, 2)))
	f.Add(npyFile([]int{1, 2, 2}, 1, 2, 3, 4))
	f.Add(pngBytes(f, gray(2, 2)))
	f.Add([]byte("\ufeff# made by hand\nlabel;\"a\";b;c;d\n0;1,5;2;3;4\n"))
	f.Add([]byte(" 1.0e0  2 3 4\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), path, Options{Shape: [3]int{1, 2, 2}, Max: 10, MaxPixels: 1 << 16, MaxBytes: 1 << 20})
		if err != nil {
			if bytes.Contains([]byte(err.Error()), []byte("\x1b")) {
				t.Errorf("unquoted bytes of the file in %q", err)
			}
			return
		}
		c, h, w := s.Shape()
		lo, hi := s.Range()
		img := make([]float32, c*h*w)
		for i := range min(s.Len(), 100) {
			if _, err := s.Read(i, img); err != nil {
				return
			}
			for _, v := range img {
				if float64(v) < lo || float64(v) > hi {
					t.Fatalf("image %d holds %v, the range is [%v, %v]", i, v, lo, hi)
				}
			}
		}
	})
}
