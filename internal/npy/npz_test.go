package npy

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// archive zips one uint8 array [2] under each of the names.
func archive(t *testing.T, method uint16, names ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, n := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: n, Method: method})
		if err == nil {
			_, err = w.Write(append(AppendHeader(nil, 'u', 1, []int{2}), 7, 9))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestArchiveNames(t *testing.T) {
	if err := readAll(archive(t, zip.Deflate, "a.npy", "b/c.npy", "a..b.npy")); err != nil {
		t.Error(err)
	}
	for why, names := range map[string][]string{
		"twice":                  {"a.npy", "a.npy"},
		"not a .npy":             {"a.npy", "data.pkl"},
		"out of the archive":     {"/etc/a.npy"},
		"path out of":            {"x/../../a.npy"},
		`"..\\a.npy" is a path`:  {`..\a.npy`},
		`"./a.npy" is a path`:    {"./a.npy"},
		`"../../evil.npy" is a`:  {"../../evil.npy"},
		`"b//c.npy" is a path o`: {"b//c.npy"},
	} {
		if err := readAll(archive(t, zip.Store, names...)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("names %q: error %v, want one with %q", names, err, why)
		}
	}
}

// TestArchiveLies patches the uncompressed size in the central directory, the stored bytes and the method.
func TestArchiveLies(t *testing.T) {
	good := archive(t, zip.Deflate, "a.npy")
	if err := readAll(good); err != nil {
		t.Fatal(err)
	}
	directory := bytes.Index(good, []byte("PK\x01\x02"))
	for what, c := range map[string]struct {
		at  int
		to  byte
		why string
	}{
		"uncompressed size + 1 MB": {directory + 24 + 2, 16, "directory claims"},
		"uncompressed size - 1":    {directory + 24, 129, "takes 130 bytes, the entry has 129"},
		"checksum":                 {directory + 16, good[directory+16] ^ 1, "checksum"},
		"method":                   {directory + 10, 12, "method 12"},
		"encrypted":                {directory + 8, 9, "encrypted"},
	} {
		bad := slices.Clone(good)
		bad[c.at] = c.to
		if err := readAll(bad); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: error %v, want one with %q", what, err, c.why)
		}
	}
}

// TestArchiveOverlap counts bytes that the directory claims many times over one stored entry.
func TestArchiveOverlap(t *testing.T) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	w, err := z.Create("a.npy")
	if err != nil {
		t.Fatal(err)
	}
	n := 8 << 20
	if _, err = w.Write(AppendHeader(nil, 'u', 1, []int{n})); err == nil {
		_, err = io.CopyN(w, zeros{}, int64(n))
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	raw := buf.Bytes()
	at := bytes.Index(raw, []byte("PK\x01\x02"))
	end := bytes.Index(raw, []byte("PK\x05\x06"))
	record, tail := raw[at:end], slices.Clone(raw[end:])
	bomb := slices.Clone(raw[:at])
	for i := range 20 {
		r := slices.Clone(record)
		r[46] = byte('a' + i) // the name
		bomb = append(bomb, r...)
	}
	size := 20 * len(record)
	copy(tail[8:], []byte{20, 0, 20, 0, byte(size), byte(size >> 8), 0, 0})
	if err := readAll(append(bomb, tail...)); err == nil || !strings.Contains(err.Error(), "directory claims") {
		t.Errorf("20 entries over one of 8 MB in %d bytes: %v", len(bomb), err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestArchiveBounded: an archive of too many arrays is refused before any of them is read.
func TestArchiveBounded(t *testing.T) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := range MaxEntries + 1 {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%d.npy", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Archive(bytes.NewReader(buf.Bytes()), int64(buf.Len())); err == nil || !strings.Contains(err.Error(), "65537 entries; at most 65536 are read") {
		t.Errorf("error %v", err)
	}
}
