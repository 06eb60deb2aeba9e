package fits_test

import (
	"bytes"
	"compress/gzip"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestGzip: what a compressed file may take, and what may be in it.
func TestGzip(t *testing.T) {
	squeeze := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	good := squeeze(rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = 'J'"))
	if _, err := readAll(good); err != nil {
		t.Error(err)
	}
	for n := range good {
		if _, err := readAll(good[:n]); err == nil {
			t.Errorf("read from %d of %d bytes", n, len(good))
		}
	}
	broken := slices.Clone(good)
	broken[len(broken)-8] ^= 1
	huge := unitOf("", primary...) + unitOf("", "XTENSION= 'IMAGE'", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 1000000000000")
	for what, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"a wrong checksum": {broken, "checksum"},
		"another file":     {squeeze(strings.Repeat("\x00", 5000)), "not one of FITS"},
		"an empty file":    {squeeze(""), "not one of FITS"},
		"a lie":            {squeeze(huge), "take more than the"},
		"a short file":     {squeeze(unitOf("", primary...)[:2000]), "unexpected EOF"},
		"a bomb":           {squeeze(unitOf("", primary...) + strings.Repeat("\x00", 20<<20)), "neither images nor"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readAll(c.raw)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", what, err, c.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes allocated", what, n)
		}
	}
}
