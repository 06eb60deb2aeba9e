package checkpoints

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"tweedie/checkpoints/internal/filetest"
)

var goldenInfo = Info{
	Architecture: "mlp",
	Config:       json.RawMessage(`{"hidden":3,"act":"silu"}`),
	Schedule:     json.RawMessage(`{"kind":"vp","beta0":0.1,"beta1":20}`),
	DataRange:    [2]float64{0, 16},
	Step:         12345,
	EMA:          true,
	Provenance:   json.RawMessage(`{"data":"digits","seed":7}`),
}

// goldenFile is the content of testdata/golden_v1.safetensors and golden_v1.safetensors.zst.
func goldenFile(t *testing.T) *File {
	t.Helper()
	f := &File{}
	err := f.Add(
		FromFloat32("net.0.bias", []int{3}, []float32{1, -0.5, 0x1p-149}),
		FromBytes("state", U8, []int{5}, []byte("state")),
		FromFloat64("log_scale", []int{}, []float64{0.1}),
		FromFloat32("net.0.weight", []int{3, 2}, []float32{0, 1, 2, 3, 4, 5}),
		FromInt64("count \"ü\"", []int{1, 2}, []int64{-1, 1 << 40}),
		FromFloat32("empty", []int{0, 4}, nil),
	)
	if err == nil {
		err = f.SetInfo(goldenInfo)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Meta["note"] = "<é>"
	return f
}

// sameFile compares names, types, shapes, bytes and metadata but format_version.
func sameFile(t *testing.T, got, want *File) {
	t.Helper()
	filetest.SameTensors(t, got.Tensors(), want.Tensors())
	for k, v := range want.Meta {
		if got.Meta[k] != v && k != versionKey {
			t.Errorf("metadata %q: %q, want %q", k, got.Meta[k], v)
		}
	}
}

// TestGoldenV1 reads files written when the format was young.
func TestGoldenV1(t *testing.T) {
	for _, name := range []string{"testdata/golden_v1.safetensors", "testdata/golden_v1.safetensors.zst"} {
		f, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Version() != 1 {
			t.Errorf("%s: version %d, want 1", name, f.Version())
		}
		sameFile(t, f, goldenFile(t))
		if info, err := f.Info(); err != nil || !reflect.DeepEqual(info, goldenInfo) {
			t.Errorf("%s: info %+v, %v; want %+v", name, info, err, goldenInfo)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestGoldenBytes: what is written today is what was written then, so that equal weights are equal files.
func TestGoldenBytes(t *testing.T) {
	want, err := os.ReadFile("testdata/golden_v1.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := goldenFile(t).Encode(&got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("encoding changed:\n%q\n%q", got.Bytes(), want)
	}
}
