package learned

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/inverse"
	"tweedie/layers"
	"tweedie/rng"
)

// golden is what PyTorch computes with the small network; tools/fixtures/blur_network.py says how.
type golden struct {
	in             autodiff.Shape
	x, code        []float64
	out, vjp, back []float64 // every fifth entry of y and of the VJP of back
}

func readGolden(t *testing.T) golden {
	t.Helper()
	f, err := checkpoints.Open("testdata/small.golden.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	array := func(name string) ([]float64, autodiff.Shape) {
		v, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		x, err := v.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		return x, autodiff.S(v.Shape...)
	}
	var g golden
	g.x, g.in = array("image")
	for i := range g.x {
		g.x[i] /= 255
	}
	g.back = slices.Clone(g.x)
	slices.Reverse(g.back)
	for i := range g.back {
		g.back[i] -= 0.5
	}
	g.code, _ = array("code")
	g.out, _ = array("out")
	g.vjp, _ = array("vjp")
	return g
}

// build returns the operator of the small network with the code of the golden file.
func (g golden) build(t *testing.T, change func(c *BlurNetworkConfig)) *BlurNetwork {
	t.Helper()
	c := BlurNetworkConfig{Weights: inverse.File{Path: "testdata/small.pt"}, Code: *inverse.Numbers([]int{16, 1, 2}, g.code), High: 1, Precision: "float32"}
	change(&c)
	op, err := c.Build(g.in)
	if err != nil {
		t.Fatal(err)
	}
	return op.(*BlurNetwork)
}

// off returns the largest difference between every fifth entry of got and want, relative to the largest of want.
func off(t *testing.T, got, want []float64) float64 {
	t.Helper()
	most, size := 0., 0.
	if len(want) != (len(got)+4)/5 {
		t.Fatalf("%d numbers for %d", len(want), len(got))
	}
	for i, v := range want {
		most, size = max(most, math.Abs(got[5*i]-v)), max(size, math.Abs(v))
	}
	return most / size
}

// TestGolden compares values and VJP with PyTorch's, in units of [0,1] and of [-1,1], in both precisions.
func TestGolden(t *testing.T) {
	g := readGolden(t)
	for precision, most := range map[string]float64{"float32": 2e-5, "float64": 1e-7} {
		for _, low := range []float64{0, -1} {
			op := g.build(t, func(c *BlurNetworkConfig) { c.Low, c.Precision = low, precision })
			x, y, back := slices.Clone(g.x), make([]float64, len(g.x)), make([]float64, len(g.x))
			for i, v := range x {
				x[i] = low + (1-low)*v
			}
			op.Apply(y, x)
			for i, v := range y {
				y[i] = (v - low) / (1 - low)
			}
			op.VJP(back, x, g.back)
			a, b := off(t, y, g.out), off(t, back, g.vjp)
			t.Logf("%s, black at %v: values are %.3g off and the VJP %.3g", precision, low, a, b)
			if !(a <= most && b <= most) {
				t.Errorf("that is above %g", most)
			}
		}
	}
}

// TestClip: with clip the values stop at low and high, and the VJP passes over the entries that do.
func TestClip(t *testing.T) {
	g := readGolden(t)
	free := g.build(t, func(*BlurNetworkConfig) {})
	clipped := g.build(t, func(c *BlurNetworkConfig) { c.Clip = true })
	n := len(g.x)
	y, z, want, got := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	free.Apply(y, g.x)
	clipped.Apply(z, g.x)
	ct, beyond := slices.Clone(g.back), 0
	for i, v := range y {
		if z[i] != min(max(v, 0), 1) {
			t.Fatalf("entry %d is %v, and %v with clip", i, v, z[i])
		}
		if v < 0 || v > 1 {
			ct[i] = 0
			beyond++
		}
	}
	if beyond < n/10 || beyond > 9*n/10 {
		t.Fatalf("%d of %d entries are clipped", beyond, n)
	}
	free.VJP(want, g.x, ct)
	clipped.VJP(got, g.x, g.back)
	if !slices.Equal(got, want) {
		t.Error("the VJP with clip is not that of the entries within")
	}
}

// TestPublishedNames compares names and shapes at full width with those of the published network.
func TestPublishedNames(t *testing.T) {
	list, err := os.ReadFile("testdata/published.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for line := range strings.Lines(string(list)) {
		if !strings.HasPrefix(line, extractor) {
			want = append(want, strings.TrimSpace(line))
		}
	}
	n, err := newNetwork(layers.Root(rng.Key{}).Blank(), published(3))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range n.params {
		got = append(got, fmt.Sprintf("%s %s", p.Name(), strings.Trim(p.Shape().String(), "[]")))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the network has\n%s\nand the published one\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// changed writes the small network's file with other tensors and returns its path.
func changed(t *testing.T, change func(name string, v *checkpoints.Tensor) *checkpoints.Tensor) string {
	t.Helper()
	f, err := checkpoints.Open("testdata/small.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var g checkpoints.File
	for _, v := range f.Tensors() {
		if v = change(v.Name, v); v == nil {
			continue
		}
		if err := g.Add(v); err != nil {
			t.Fatal(err)
		}
	}
	path := t.TempDir() + "/changed.safetensors"
	if err := checkpoints.Save(path, &g, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFilesThatDoNotFit: each is refused in one line that names the field, the file and the tensor, by Validate, too.
func TestFilesThatDoNotFit(t *testing.T) {
	without := func(part string) string {
		return changed(t, func(name string, v *checkpoints.Tensor) *checkpoints.Tensor {
			if strings.Contains(name, part) {
				return nil
			}
			return v
		})
	}
	other := func(part string, shape ...int) string {
		return changed(t, func(name string, v *checkpoints.Tensor) *checkpoints.Tensor {
			if name != part {
				return v
			}
			return checkpoints.FromFloat32(name, shape, make([]float32, autodiff.S(shape...).Size()))
		})
	}
	nan := changed(t, func(name string, v *checkpoints.Tensor) *checkpoints.Tensor {
		if name != "recon_trunk.11.bias" {
			return v
		}
		return checkpoints.FromFloat32(name, []int{3}, []float32{0, float32(math.NaN()), 0})
	})
	text := t.TempDir() + "/text.pth"
	if err := os.WriteFile(text, []byte("weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"nowhere.pth":                  "nowhere.pth",
		text:                           "text.pth",
		without("feature_extractor.0"): `holds no tensor "feature_extractor.0.weight"`,
		without("adapter.model.submodule.up.1.weight"):    `"adapter.model.submodule.up.1.weight" is missing`,
		without("adapter.model"):                          `holds no tensor "adapter.model.submodule.submodule.submodule.submodule.up.1.weight"`,
		other("adapter.model.up.1.bias", 3):               `"adapter.model.up.1.bias" is wrong shape`,
		other("feature_extractor.0.weight", 2, 1, 3, 3):   "holds a network of images with 1 channel; these have 3",
		other("feature_extractor.0.weight", 0, 3, 3, 3):   "tells a network of 3 channels, width 0",
		other("feature_extractor.0.weight", 2, 3):         `has the shape [2 3] for "feature_extractor.0.weight"`,
		other("recon_trunk.1.conv1.weight", 2, 2, 5, 5):   `"recon_trunk.1.conv1.weight" is wrong shape`,
		other("adapter.model.submodule.down.1.weight", 1): `"adapter.model.submodule.down.1.weight" is wrong shape`,
		nan: "NaN at 1",
	} {
		c := BlurNetworkConfig{Weights: inverse.File{Path: path}, High: 1, Precision: "float32"}
		_, err := c.Build(autodiff.S(3, 128, 128))
		if err == nil || !strings.HasPrefix(err.Error(), "blur-network: weights: ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %s", path, err, want)
		}
		if valid := c.Validate(autodiff.S(3, 128, 128)); path != nan && (valid == nil || valid.Error() != err.Error()) {
			t.Errorf("%s: Validate says %v and Build %v", path, valid, err)
		}
	}
}

// TestExtractorIsLeftOut: the part of a file that F does not use need not be there.
func TestExtractorIsLeftOut(t *testing.T) {
	path := changed(t, func(name string, v *checkpoints.Tensor) *checkpoints.Tensor {
		if strings.HasPrefix(name, extractor) {
			return nil
		}
		return v
	})
	small, err := os.ReadFile(path)
	whole, err2 := os.ReadFile("testdata/small.pt")
	if err != nil || err2 != nil || len(small) > len(whole) || bytes.Contains(small, []byte(extractor)) {
		t.Fatal(err, err2)
	}
	if err := (BlurNetworkConfig{Weights: inverse.File{Path: path}, High: 1, Precision: "float32"}).Validate(autodiff.S(3, 128, 256)); err != nil {
		t.Error(err)
	}
}
