package input

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// EntriesError is the error of an archive with more entries than are read.
type EntriesError struct {
	Entries uint64 // 0 when only their excess is known, as of an archive that claims fewer than it has
	Most    int
}

// Error says how many there are and how many may be.
func (e *EntriesError) Error() string {
	if e.Entries == 0 {
		return fmt.Sprintf("the zip archive has more entries than it claims; at most %d are read", e.Most)
	}
	return fmt.Sprintf("the zip archive has %d entries; at most %d are read", e.Entries, e.Most)
}

// Zip lists the entries of a zip archive of the given size, and refuses one of more than most entries with an
// *EntriesError before it lists them: archive/zip keeps some 500 bytes for each, whatever their number. The number is read
// from the end of the archive first; an archive that has more entries than it claims is refused once too many have come.
func Zip(r io.ReaderAt, size int64, most int) (*zip.Reader, error) {
	if n := claimed(r, size); n > uint64(most) {
		return nil, &EntriesError{n, most}
	}
	c := &headerCounter{r: r, most: most, left: most + 2*tailBytes/headerBytes}
	z, err := zip.NewReader(c, size)
	if err != nil {
		return nil, err
	}
	if n := len(z.File); n > most {
		return nil, &EntriesError{uint64(n), most}
	}
	c.listed = true
	return z, nil
}

// The records of a zip (PKWARE APPNOTE 6.3.9, 4.3.12 to 4.3.16): the least length of an entry's header in the directory,
// the lengths of the records at the end, and how much of the end of a file may hold the last of them.
const (
	headerBytes  = 46
	endBytes     = 22
	locatorBytes = 20
	end64Bytes   = 56
	tailBytes    = 65 << 10
)

// claimed returns how many entries the record at the end of an archive claims, and 0 where there is no such record. It
// looks near the end first, as few archives end with a long comment.
func claimed(r io.ReaderAt, size int64) uint64 {
	var tail []byte
	at := -1
	for _, n := range []int64{1 << 10, tailBytes} {
		tail = make([]byte, max(0, min(size, n)))
		if n, err := r.ReadAt(tail, size-int64(len(tail))); n < len(tail) && err != nil {
			return 0
		}
		if at = bytes.LastIndex(tail, []byte("PK\x05\x06")); at >= 0 {
			break
		}
	}
	if at < 0 || at+endBytes > len(tail) {
		return 0
	}
	n := uint64(binary.LittleEndian.Uint16(tail[at+10:]))
	if at < locatorBytes || string(tail[at-locatorBytes:][:4]) != "PK\x06\x07" {
		return n // no zip64
	}
	var end [end64Bytes]byte
	from := binary.LittleEndian.Uint64(tail[at-locatorBytes+8:])
	if _, err := r.ReadAt(end[:], int64(min(from, uint64(size)))); err != nil || string(end[:4]) != "PK\x06\x06" {
		return n
	}
	return binary.LittleEndian.Uint64(end[32:])
}

// headerCounter passes reads on, and fails once more headers of a directory have gone by than there may be.
type headerCounter struct {
	r      io.ReaderAt
	most   int
	left   int    // headers that may go by; those at the end of the archive may do so twice
	carry  []byte // the last bytes of the last read, which may begin a header
	next   int64  // where that read ended
	listed bool   // then the directory has been read and nothing is counted
}

// ReadAt reads at off.
func (c *headerCounter) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	if c.listed {
		return n, err
	}
	if off != c.next {
		c.carry = nil
	}
	seen := append(c.carry, p[:n]...)
	if c.left -= bytes.Count(seen, []byte("PK\x01\x02")); c.left < 0 {
		return 0, &EntriesError{Most: c.most}
	}
	c.carry, c.next = bytes.Clone(seen[max(0, len(seen)-3):]), off+int64(n)
	return n, err
}
