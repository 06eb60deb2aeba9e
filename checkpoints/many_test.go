package checkpoints

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"tweedie/checkpoints/internal/store"
)

// TestManyTensors: a file of more tensors than any network has is refused while its header is read.
func TestManyTensors(t *testing.T) {
	var header strings.Builder
	for i := range store.MaxTensors + 1 {
		fmt.Fprintf(&header, `%s"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, map[bool]string{true: "{", false: ","}[i == 0], i)
	}
	header.WriteString("}")
	raw := append(binary.LittleEndian.AppendUint64(nil, uint64(header.Len())), header.String()...)
	if _, err := Read(bytes.NewReader(raw), int64(len(raw))); err == nil || !strings.Contains(err.Error(), "more than the 65536 tensors") {
		t.Errorf("error %v", err)
	}
	if err := new(File).Add(make([]*Tensor, store.MaxTensors+1)...); err == nil || !strings.Contains(err.Error(), "at most 65536") {
		t.Errorf("error %v", err)
	}
}

// TestManyEntries: a zip archive of more entries than any checkpoint has is refused before they are listed.
func TestManyEntries(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range store.MaxTensors + 1 {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("a/data/%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if want := "the zip archive has 65537 entries; at most 65536 are read"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}
