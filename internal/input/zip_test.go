package input

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// crafted returns an archive with one entry's bytes and n entries in its directory. Its end claims n, in the form of zip64,
// or when it lies only the 16 lowest bits of n, which archive/zip compares.
func crafted(n int, lies bool) []byte {
	le := binary.LittleEndian
	local := append([]byte("PK\x03\x04"), make([]byte, 26)...)
	header := append([]byte("PK\x01\x02"), make([]byte, headerBytes-4)...)
	le.PutUint16(header[28:], 7) // the length of the name
	out := append(make([]byte, 0, len(local)+n*(len(header)+7)+200), local...)
	for i := range n {
		out = fmt.Appendf(append(out, header...), "%07d", i)
	}
	length := uint64(len(out) - len(local))
	end := append([]byte("PK\x05\x06"), make([]byte, endBytes-4)...)
	if lies {
		le.PutUint16(end[8:], uint16(n))
		le.PutUint16(end[10:], uint16(n))
		le.PutUint32(end[12:], uint32(length))
		le.PutUint32(end[16:], uint32(len(local)))
		return append(out, end...)
	}
	at := uint64(len(out))
	end64 := append([]byte("PK\x06\x06"), make([]byte, end64Bytes-4)...)
	le.PutUint64(end64[4:], end64Bytes-12)
	le.PutUint64(end64[24:], uint64(n))
	le.PutUint64(end64[32:], uint64(n))
	le.PutUint64(end64[40:], length)
	le.PutUint64(end64[48:], uint64(len(local)))
	locator := append([]byte("PK\x06\x07"), make([]byte, locatorBytes-4)...)
	le.PutUint64(locator[8:], at)
	le.PutUint32(locator[16:], 1)
	for i := 8; i < 20; i++ {
		end[i] = 0xff
	}
	return bytes.Join([][]byte{out, end64, locator, end}, nil)
}

// A million entries, claimed or not, are refused at once: archive/zip takes seconds and half a gigabyte.
func TestZipOfAMillionEntries(t *testing.T) {
	const n = 1_000_000
	for _, c := range []struct {
		lies   bool
		want   string
		memory uint64
	}{
		{false, "the zip archive has 1000000 entries; at most 65536 are read", 1 << 20},
		{true, "more entries than it claims; at most 65536 are read", 64 << 20},
	} {
		raw := crafted(n, c.lies)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := Zip(bytes.NewReader(raw), int64(len(raw)), 1<<16)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		memory := after.TotalAlloc - before.TotalAlloc
		t.Logf("lies %v: %v and %d bytes: %v", c.lies, took, memory, err)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("lies %v: %v, want %q", c.lies, err, c.want)
		}
		if took > 2*time.Second || memory > c.memory {
			t.Errorf("lies %v: it took %v and %d bytes", c.lies, took, memory)
		}
	}
}

// The bound is exact, and what it lets pass reads as archive/zip reads it.
func TestZipWithinItsBound(t *testing.T) {
	for _, lies := range []bool{false, true} {
		for n, ok := range map[int]bool{1: true, 999: true, 1000: true, 1001: false, 5000: false} {
			raw := crafted(n, lies)
			z, err := Zip(bytes.NewReader(raw), int64(len(raw)), 1000)
			if (err == nil) != ok || ok && len(z.File) != n {
				t.Errorf("%d entries, lies %v: %v", n, lies, err)
			}
		}
	}
	raw := crafted(66_000, true) // it claims 464
	_, err := Zip(bytes.NewReader(raw), int64(len(raw)), 1<<16)
	if err == nil || !strings.HasSuffix(err.Error(), "66000 entries; at most 65536 are read") {
		t.Errorf("66000 entries that claim to be 464: %v", err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range 3000 {
		e, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("entry %d", i)}) // stored
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(e, "content %d PK\x01\x02", i)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z, err := Zip(bytes.NewReader(b.Bytes()), int64(b.Len()), 3000)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range z.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if _, err := text.ReadFrom(r); err != nil || text.String() != fmt.Sprintf("content %d PK\x01\x02", i) {
			t.Fatalf("entry %d reads %q, %v", i, text.String(), err)
		}
	}
	for _, raw := range []string{"", "PK", "PK\x05\x06", strings.Repeat("PK\x05\x06", 30)} {
		if _, err := Zip(strings.NewReader(raw), int64(len(raw)), 10); err == nil {
			t.Errorf("%q is an archive", raw)
		}
	}
}

// A header that begins in one read and ends in the next counts, too.
func TestHeadersAcrossReads(t *testing.T) {
	text := strings.Repeat("..PK\x01\x02..", 6)
	c := &headerCounter{r: strings.NewReader(text), most: 5, left: 5}
	for off := range len(text) / 4 {
		_, err := c.ReadAt(make([]byte, 4), int64(4*off))
		if last := off == 11; (err != nil) != last {
			t.Errorf("read %d of %d: %v", off+1, len(text)/4, err)
		}
	}
}
