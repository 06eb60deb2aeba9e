package checkpoints

import (
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints/internal/filetest"
)

// readAll reads a file whole.
func readAll(b []byte) (*File, error) { return filetest.Read(Read, b) }

// TestBadFiles: what every reader must refuse.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*")
	if err != nil || len(files) != 30 {
		t.Fatalf("%d files, %v; want 30", len(files), err)
	}
	for _, name := range files {
		if f, err := Open(name); err == nil {
			f.Close()
			t.Errorf("%s was read", name)
		}
	}
	deep := `{"a":` + strings.Repeat("[", 50000) + strings.Repeat("]", 50000) + `}`
	if _, err := readAll(append(binary.LittleEndian.AppendUint64(nil, uint64(len(deep))), deep...)); err == nil {
		t.Error("50,000 nested arrays were read")
	}
}
