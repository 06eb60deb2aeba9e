package torch_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
)

// TestWildObjects: objects of any class stand beside weights, in both ways of naming classes, and are put down by name.
func TestWildObjects(t *testing.T) {
	for _, name := range []string{"objects.pt", "objects_protocol4.pt"} {
		f, _ := openWild(t, name)
		for key, n := range map[string]int{"state_dict.w": 6, "state_dict.b": 2, "storage": 2, "generator": 8, "numpy.complex": 4, "numpy.array": 3} {
			if x, err := f.Tensor(key); err != nil || x.Len() != n {
				t.Errorf("%s: %s: %v", name, key, err)
			}
		}
		const hp = "hyper_parameters."
		for key, want := range map[string]string{
			hp + "path": "/data/sets/ffhq", hp + "windows": `C:\data\x`, hp + "pure": "a/b", hp + "counts.a": "[1]", hp + "counter.a": "2",
			hp + "ordered.z": "1", hp + "deque": "[1 2]", hp + "datetime": "2024-02-29T12:30:01.000250", hp + "aware": "2024-01-01T00:00:00+00:00",
			hp + "date": "2023-12-01", hp + "time": "07:05:00", hp + "delta": "<datetime.timedelta(1, 2, 0)>",
			hp + "partial": `<functools.partial(the name "project.models.activation")>`, hp + "partial.2.k": "2", hp + "function": "project.models.activation",
			hp + "torch_function": "torch.nn.functional.relu", hp + "class": "project.models.Net", hp + "mode": `<project.models.Mode("small")>`,
			hp + "range": "range(1, 10, 2)>", hp + "slice": "<slice(1, None, None)>", hp + "complex": "[1 2]", hp + "config": "<project.models.Config>",
			hp + "config.width": "32", hp + "config.names": "[a b]", hp + "namespace.lr": "0.1", hp + "slotted.depth": "3", hp + "attributes.lr": "0.5",
			hp + "attributes.note": "x", hp + "point.0": "1", hp + "point.1.x": "2", hp + "network": "<module project.models.Net>", hp + "bytearray": "[97 98]",
			hp + "frozen": "[1]", hp + "none_type": "<type(None)>", "numpy.text": "[ab cde]", "numpy.bytes": "[x yz]", "numpy.objects": "[a <nil> 2]",
			"numpy.str_": "hi", "numpy.float32": "1.5", "numpy.int64": "-3", "numpy.bool_": "true", "numpy.complex_scalar": "[0 1]",
			"numpy.when": `element type "M8"`, "numpy.record": `element type "V6"`, "numpy.state.bit_generator": "MT19937", "numpy.state.state.pos": "624",
			"optimizer": "<torch.optim.adam.Adam>", "optimizer.defaults.betas": "[0.9 0.999]", "device": "cuda:1", "dtype": "torch.float16", "layout": "torch.strided",
		} {
			if v, ok := f.Value(key); !ok || !strings.Contains(fmt.Sprint(v), want) {
				t.Errorf("%s: %s is %v %v, want %s", name, key, v, ok, want)
			}
		}
		for _, n := range f.Names() {
			if strings.HasPrefix(n, hp) {
				t.Errorf("%s: the tensor %s of a module that is an argument", name, n)
			}
		}
		if _, err := f.Tensor(hp + "config"); err == nil || !strings.Contains(err.Error(), "an object of project.models.Config") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWildRefuses: names that run something in Python end the reading wherever they stand and however they are written, and
// nests of calls end it before the stack does.
func TestWildRefuses(t *testing.T) {
	x := filetest.Tensor(0, 4, 0, 4)
	four := strings.Repeat("abcd", 4)
	read := func(object string) (*checkpoints.File, error) {
		return readAll(filetest.Archive(t, zip.Store, "r/data.pkl", object+".", "r/data/0", four))
	}
	for _, name := range []string{
		"os\nsystem", "posix\nsystem", "subprocess\nPopen", "builtins\neval", "__builtin__\nexec", "importlib\nimport_module", "torch.serialization\nload",
		"torch.hub\nload", "shlex\nos.system", "a.b\nc.subprocess.run", "collections\nabc.sys.modules", "os.path\njoin", "pickle\nloads", "webbrowser\nopen",
		"torch\nnn.__builtins__.eval",
	} {
		if _, err := read(filetest.Dict("w", x, "evil", "c"+name+"\n")); err == nil || !strings.Contains(err.Error(), "global not allowed") {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, object := range []string{"cbuiltins\ngetattr\n(cproject\nMode\nU\x05SMALLtR", "cproject.os_tools\nA\n)\x81", "ctorch.ops\nx\n)R", "cproject\nA\n)\x81}b(K\x01K\x02e"} {
		if f, err := read(filetest.Dict("w", x, "odd", object)); err != nil || !slices.Equal(f.Names(), []string{"w"}) {
			t.Errorf("%q: %v", object, err)
		}
	}
	nest := "(ctorch._utils\n_rebuild_tensor_v2\nN" // arguments of one call within those of another
	deep := "ctorch._tensor\n_rebuild_from_type_v2\nq\x01" + strings.Repeat("(h\x01N", 100_000) + nest + ")Nt" + strings.Repeat("Nt", 100_000) + "R"
	if _, err := read(filetest.Dict("w", x, "deep", deep)); err != nil {
		t.Errorf("calls within calls, which are not made: %v", err)
	}
	deeper := "cp\nA\nq\x01)\x81q\x02" + strings.Repeat("0h\x01)\x81}U\x01ah\x02sbq\x02", 2000)
	self := "cp\nA\n)\x81q\x02}U\x01ah\x02sb"
	shared := "cp\nA\nq\x010}U\x01aNsq\x02"
	for range 80 {
		shared += "0h\x01)\x81}(U\x01ah\x02U\x01bh\x02ubq\x02"
	}
	keys := "}(cp\nA\n)\x81K\x01C\x01aK\x02" + x + "K\x03(K\x01K\x02tK\x04u"
	for what, object := range map[string]string{
		"deep": deeper, "one that holds itself": self, "shared twice each, 80 times": shared, "keys": keys,
		"a state of a list": "]K\x01b", "an array of an odd state": "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n)NtRNb",
	} {
		if f, err := read(filetest.Dict("w", x, "odd", object)); err != nil || !slices.Equal(f.Names(), []string{"w"}) {
			t.Errorf("objects, %s: %v", what, err)
		}
	}
	if f, err := read(filetest.Dict("w", x, "keys", keys)); err == nil {
		if v, _ := f.Value("keys.a"); v != int64(2) {
			t.Errorf("a key of bytes: %v", f.Values)
		}
	}
	if _, err := readAll(bytes.Repeat([]byte("\x80\x04cp\nA\n)\x81"), 3)); err == nil {
		t.Error("objects without tensors were read")
	}
}
