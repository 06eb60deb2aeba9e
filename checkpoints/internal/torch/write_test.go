package torch_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
)

// zipEntry returns the content of an entry of an archive and where it begins.
func zipEntry(t *testing.T, archive []byte, name string) ([]byte, int64) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range z.File {
		if _, rest, _ := strings.Cut(e.Name, "/"); rest == name {
			at, err := e.DataOffset()
			if err != nil || e.Method != zip.Store {
				t.Fatal(e.Method, err)
			}
			rc, err := e.Open()
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(rc)
			if err != nil {
				t.Fatal(err)
			}
			return b, at
		}
	}
	t.Fatalf("no entry %q", name)
	return nil, 0
}

// TestTorchWrite: of the same tensors, the pickle is that of torch.save, and so are the storages.
func TestTorchWrite(t *testing.T) {
	f, err := checkpoints.Open("testdata/torch/golden_torch113.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var ours bytes.Buffer
	if err := checkpoints.EncodeTorch(&ours, f); err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile("testdata/torch/golden_torch113.pt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data.pkl", "version", "data/0", "data/1", "data/4", "data/6", "data/47"} {
		a, at := zipEntry(t, ours.Bytes(), name)
		b, _ := zipEntry(t, theirs, name)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: %q\nwant %q", name, a, b)
		}
		if at%64 != 0 {
			t.Errorf("%s begins at byte %d, want a multiple of 64", name, at)
		}
	}
	if order, _ := zipEntry(t, ours.Bytes(), "byteorder"); string(order) != "little" {
		t.Errorf("byteorder %q", order)
	}
	back, err := readAll(ours.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	filetest.SameTensors(t, back.Tensors(), f.Tensors())
}

// TestTorchWriteRefuses: what torch has no words for is not written, and leaves nothing.
func TestTorchWriteRefuses(t *testing.T) {
	for _, x := range []*checkpoints.Tensor{
		checkpoints.FromBytes("x", checkpoints.U64, []int{1}, make([]byte, 8)),
		checkpoints.FromBytes("x", checkpoints.U8, slices.Repeat([]int{1}, 17), make([]byte, 1)),
	} {
		f := &checkpoints.File{}
		if err := f.Add(x); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := checkpoints.SaveTorch(dir+"/x.pt", f); err == nil {
			t.Errorf("%v of shape %v was written", x.DType, x.Shape)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
