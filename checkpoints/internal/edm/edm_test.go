package edm_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/edm"
	"tweedie/checkpoints/internal/filetest"
)

// edmTensors are those of the network in testdata/edm, in the order of its state_dict.
var edmTensors = []struct {
	name  string
	dtype checkpoints.DType
	shape []int
	data  []float64
}{
	{"model.bias", checkpoints.F16, []int{2}, []float64{1.5, -2}},
	{"model.enc.4x4_conv.weight", checkpoints.F32, []int{3, 2}, []float64{0, 3, 1, 4, 2, 5}}, // a transposed view
	{"model.enc.4x4_conv.resample_filter", checkpoints.F32, []int{1, 1, 2, 2}, []float64{.25, .25, .25, .25}},
	{"model.enc.2x2_down.resample_filter", checkpoints.F32, []int{1, 1, 2, 2}, []float64{.25, .25, .25, .25}},
}

// TestEDM: a snapshot, pickled as EDM does, and a training state of torch with the same network.
func TestEDM(t *testing.T) {
	for file, c := range map[string]struct{ format, prefix string }{
		"snapshot.pkl": {"edm", "ema."}, "training_state.pt": {"torch", "net."},
	} {
		f, err := checkpoints.Open("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.Verify(); err != nil || f.Format != c.format {
			t.Errorf("%s: %q, %v", file, f.Format, err)
		}
		net := f.Sub(c.prefix)
		for i, got := range net.Tensors() {
			want := edmTensors[i]
			data, err := got.Float64s()
			if err != nil || got.Name != want.name || got.DType != want.dtype || !slices.Equal(got.Shape, want.shape) || !slices.Equal(data, want.data) {
				t.Errorf("%s: %q %v %v %v, %v; want %v", file, got.Name, got.DType, got.Shape, data, err, want)
			}
		}
		if n := len(f.Tensors()); n != len(edmTensors) {
			t.Errorf("%s: %d tensors %q", file, n, f.Names())
		}
		for name, want := range map[string]any{
			"class_name": "EDMPrecond", "sigma_data": 0.5, "_init_kwargs.img_resolution": int64(4), "_init_kwargs.model_type": "SongUNet",
			"model.class_name": "SongUNet", "model.skip_scale": 0.7071067811865476, "model._init_kwargs.resample_filter": []any{int64(1), int64(1)},
		} {
			if got, ok := net.Value(name); !ok || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %q is %v %v, want %v", file, name, got, ok, want)
			}
		}
		for _, v := range f.Values {
			if s := fmt.Sprint(v.Name, v.V); strings.Contains(s, "source text") || strings.Contains(s, "training") || strings.Contains(s, "enc.") {
				t.Errorf("%s: the value %s", file, s)
			}
		}
	}
}

// TestEDMBad: classes that EDM does not have, and pickles cut short or gone wrong anywhere.
func TestEDMBad(t *testing.T) {
	_, err := checkpoints.Open("testdata/unknown_class.pkl")
	if err == nil || !strings.Contains(err.Error(), `class "Generator", which is none of EDM's networks`) {
		t.Error(err)
	}
	whole, err := os.ReadFile("testdata/snapshot.pkl")
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, err := readAll(whole[:n]); err == nil {
			t.Errorf("read from %d of %d bytes", n, len(whole))
		}
	}
	if _, err := readAll(append(whole[:len(whole):len(whole)], 0)); err == nil {
		t.Error("a byte too many was accepted")
	}
	for _, c := range []struct{ from, to, want string }{
		{"version\x94K\x06", "version\x94K\x07", `type "class" and version 7`},
		{"\x8c\x05class\x94", "\x8c\x05klass\x94", `type "klass" and version 6`},
		{"EDMPrecond", "EDMPrecxnd", `class "EDMPrecxnd", which is none`},
		{"_load_from_bytes", "_load_from_bytez", "stored in torch.storage._load_from_bytez, which is not read"},
		{"torch.storage", "torch.storagf", "stored in torch.storagf._load_from_bytes, which is not read"},
	} {
		b := bytes.Replace(whole, []byte(c.from), []byte(c.to), 1)
		if _, err := readAll(b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want one with %q", c.to, err, c.want)
		}
	}
}

// TestEDMNested: what lies in a bytes object is one storage and nothing else; the same bytes are one storage.
func TestEDMNested(t *testing.T) {
	load := func(stream string, times int) error {
		var p bytes.Buffer
		p.WriteString("\x80\x04}(\x8c\x01b")
		fmt.Fprintf(&p, "B%c%c\x00\x00%s\x94", len(stream)&255, len(stream)>>8, stream)
		for i := range times {
			fmt.Fprintf(&p, "\x8c\x03%03d\x8c\x0dtorch.storage\x8c\x10_load_from_bytes\x93h\x00\x85R", i)
		}
		p.WriteString("u.")
		_, err := readAll(p.Bytes())
		return err
	}
	head := "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}X\x0d\x00\x00\x00little_endian\x88s."
	storage := "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuM\xe8\x03NtQ"
	tail := "\x80\x02]X\x01\x00\x00\x000a.\xe8\x03\x00\x00\x00\x00\x00\x00" + strings.Repeat("\x00\x00\x80\x3f", 1000)
	if err := load(head+"\x80\x02"+storage+"."+tail, 3); err != nil {
		t.Error(err)
	}
	for what, c := range map[string]struct{ stream, want string }{
		"a list of a storage": {head + "\x80\x02]" + storage + "a." + tail, "a list with 1 storages"},
		"nesting":             {head + "\x80\x02ctorch.storage\n_load_from_bytes\nC\x00\x85R." + tail, "global not allowed"},
		"a magic int":         {"\x80\x02K\x05.", "5 where torch's magic number should be"},
		"nothing":             {"", "without STOP"},
		"long pickles":        {head + "\x80\x02X\x00\x20\x00\x00" + strings.Repeat("x", 0x2000) + "0" + storage + "." + tail, "are left"},
		"a long storage":      {head + "\x80\x02" + strings.Replace(storage, "M\xe8\x03", "M\xe9\x03", 1) + "." + tail, "the object says 1001"},
	} {
		if err := load(c.stream, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", what, err, c.want)
		}
	}
}

// TestEDMParts: the parts of a network of EDM are its own classes, in containers of torch; the weights of any other are not
// read, and those of the rest are.
func TestEDMParts(t *testing.T) {
	x := filetest.Tensor(0, 4, 0, 4)
	part := func(class string) string {
		return class + ")\x81" + filetest.Dict("_parameters", filetest.Dict("w", x), "_modules", "}") + "b"
	}
	list := "ctorch.nn.modules.container\nModuleList\n)\x81" + filetest.Dict("_parameters", "}", "_modules", filetest.Dict("0", part("cfork\nBlock\n"))) + "b"
	state := filetest.Dict("_parameters", filetest.Dict("w", x), "_modules", filetest.Dict("a", part("cfork\nBlock\n"), "b", list))
	net := "ctorch_utils.persistence\n_reconstruct_persistent_obj\n" + filetest.Dict("type", "U\x05class", "version", "K\x06", "class_name", "U\x08SongUNet", "state", state) + "\x85R"
	other := "ctorch_utils.persistence\n_reconstruct_persistent_obj\n" + filetest.Dict("type", "U\x05class", "version", "K\x06", "class_name", "U\x04Disc", "state", state) + "\x85R"
	f, err := readAll(filetest.Archive(t, zip.Store, "data.pkl", filetest.Dict("ema", net, "d", other, "plain", part("cfork\nBlock\n"))+".", "data/0", strings.Repeat("abcd", 4)))
	if err != nil || !slices.Equal(f.Names(), []string{"ema.w", "plain.w"}) || !slices.Equal(f.Unread(), []string{"d.a.w", "d.b.0.w", "d.w", "ema.a.w", "ema.b.0.w"}) {
		t.Fatalf("%v: %q, not read %q", err, f.Names(), f.Unread())
	}
	for name, class := range map[string]string{"ema.a.w": "fork.Block", "ema.b.0.w": "fork.Block", "d.a.w": "Disc", "d.w": "Disc"} {
		if _, err := f.Tensor(name); err == nil || !strings.Contains(err.Error(), `of the class "`+class+`", which is none of EDM's`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// readAll reads a file whole.
func readAll(b []byte) (*checkpoints.File, error) { return filetest.Read(checkpoints.Read, b) }

// FuzzEDM: whatever the bytes of a snapshot.
func FuzzEDM(f *testing.F) {
	for _, b := range filetest.TorchSeeds(f, "\x80") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := edm.Read(bytes.NewReader(b), int64(len(b))); err == nil {
			filetest.Rewrites(t, c.All())
		}
	})
}
