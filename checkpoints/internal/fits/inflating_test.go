package fits

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
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
	z, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := (&inflating{z: z, limit: 10}).ReadAt(make([]byte, 5), 6); err == nil || !strings.Contains(err.Error(), "11 bytes are wanted, the limit") {
		t.Errorf("%d bytes beyond the limit, %v", n, err)
	}
}
