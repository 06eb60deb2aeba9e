package torch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
)

// wildNumbers is what torch and numpy say about the tensors in testdata/wild.
type wildNumbers map[string]map[string]struct {
	Shape []int
	Data  []float64
}

func openWild(t *testing.T, name string) (*checkpoints.File, wildNumbers) {
	t.Helper()
	raw, err := os.ReadFile("testdata/wild/expect.json")
	if err != nil {
		t.Fatal(err)
	}
	var want wildNumbers
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	f, err := checkpoints.Open("testdata/wild/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Verify(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return f, want
}

// TestWildTypes: every element type and wrapping that torch.load(weights_only=True) reads; what cannot be read does not
// stand in the way, and is an error when it is asked for.
func TestWildTypes(t *testing.T) {
	for _, name := range []string{"types.pt", "types_legacy.pt"} {
		f, want := openWild(t, name)
		if n := len(want["types"]); n != 13 || len(f.Tensors()) != n {
			t.Errorf("%s: %d tensors %q, want %d", name, len(f.Tensors()), f.Names(), n)
		}
		for key, w := range want["types"] {
			x, err := f.Tensor(key)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			filetest.SameNumbers(t, name, x, checkpoints.FromFloat64(key, w.Shape, w.Data))
			if x.Complex != (key[0] == 'c') {
				t.Errorf("%s: %s is complex: %v", name, key, x.Complex)
			}
		}
	}
	f, _ := openWild(t, "types.pt")
	for key, why := range map[string]string{
		"sparse": "to_dense()", "csr": "to_dense()", "meta": "device meta", "quantised": "dequantize()", "quantised_channels": "dequantize()",
		"conjugate": "resolve_conj()", "negative": "resolve_neg()", "f8_e4m3fnuz": "torch.float8_e4m3fnuz",
	} {
		if _, err := f.Tensor(key); err == nil || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), key) || f.Has(key) {
			t.Errorf("%s: %v, want an error with %q", key, err, why)
		}
		if v, ok := f.Value(key); !ok || !strings.Contains(fmt.Sprint(v), why) {
			t.Errorf("%s: the value %v", key, v)
		}
	}
	if want := []string{"conjugate", "csr", "f8_e4m3fnuz", "meta", "negative", "quantised", "quantised_channels", "sparse"}; !slices.Equal(f.Unread(), want) {
		t.Errorf("not read: %q", f.Unread())
	}
	var le *checkpoints.LoadError
	param := []*autodiff.Param{autodiff.NewParam("sparse", autodiff.S(2))}
	if err := checkpoints.Load(f.Sub(""), param, checkpoints.LoadOptions{}); !errors.As(err, &le) || le.Problems[0].What != "not read" || !strings.Contains(err.Error(), "to_dense()") {
		t.Errorf("a parameter that is sparse in the file: %v", err)
	}
}

// TestWildModules: a module that was pickled whole is its state_dict.
func TestWildModules(t *testing.T) {
	for name, prefix := range map[string]string{"module.pt": "", "module_legacy.pt": "", "module_parallel.pt": "model."} {
		f, want := openWild(t, name)
		f = f.Sub(prefix)
		if n := len(want["module"]); n != 8 || len(f.Tensors()) != n {
			t.Errorf("%s: %d tensors %q, want %d", name, len(f.Tensors()), f.Names(), n)
		}
		bare, _ := f.StripModule()
		for key, w := range want["module"] {
			x, err := bare.Tensor(key)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			filetest.SameNumbers(t, name, x, checkpoints.FromFloat64(key, w.Shape, w.Data))
		}
	}
	f, _ := openWild(t, "module.pt")
	if v, _ := f.Value("object"); v != "<module project.models.Net>" {
		t.Errorf("the module is called %v", v)
	}
}

// TestWildArrays: arrays as protocol 5 stores them, and a pickle of arrays without torch.
func TestWildArrays(t *testing.T) {
	f, want := openWild(t, "protocol5.pt")
	for key, w := range want["protocol5"] {
		x, err := f.Tensor(key)
		if err != nil {
			t.Error(err)
			continue
		}
		filetest.SameNumbers(t, "protocol5.pt", x, checkpoints.FromFloat64(key, w.Shape, w.Data))
	}
	if v, _ := f.Value("arrays.scalar"); v != 2.5 || len(want["protocol5"]) != 5 {
		t.Errorf("the scalar %v, %d arrays", v, len(want["protocol5"]))
	}
	if v, _ := f.Value("raw"); !slices.Equal(v.([]byte), []byte("xyz")) {
		t.Errorf("the bytearray %v", v)
	}
	f, _ = openWild(t, "arrays.pkl")
	for key, want := range map[string][]float64{"unet/~/linear.w": {0, 1}, "unet/~/linear.b": {1.5, -2}, "unet/~/linear.s": {1, 1, 1, 1}} {
		x, err := f.Tensor(key)
		if err != nil {
			t.Fatal(err)
		}
		filetest.SameNumbers(t, "arrays.pkl", x, checkpoints.FromFloat64(key, x.Shape, want))
	}
	if want := []string{"unet/~/conv2_d.w", "unet/~/conv2_d.b", "unet/~/linear.w", "unet/~/linear.b", "unet/~/linear.s"}; f.Format != "pickle" || !slices.Equal(f.Names(), want) {
		t.Errorf("%s %q", f.Format, f.Names())
	}
}
