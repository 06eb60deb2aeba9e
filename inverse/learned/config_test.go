package learned_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	_ "tweedie/internal/arrays/files"
	"tweedie/internal/config/configtest"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
	"tweedie/inverse/learned"
)

// network describes a small random network with more fields.
func network(fields string) string {
	return `{"kind":"blur-network","random":{"seed":1,"width":2,"front":1,"back":1}` + fields + `}`
}

var in = autodiff.S(2, 128, 256)

// TestRefusals: what does not fit is told in one line that names the field.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		in         autodiff.Shape
		json, want string
	}{
		{autodiff.S(3, 128, 200), network(""), "blur-network: shape: an image [3,128,200] is not [C,H,W] with multiples of 128 for H and W"},
		{autodiff.S(128, 128), network(""), "blur-network: shape: "},
		{autodiff.S(1<<11, 128, 128), network(""), "blur-network: shape is [2048,128,128]; it must have at most 16777216 values"},
		{in, `{"kind":"blur-network"}`, "blur-network: weights is missing; name a file with a network, or give random for one with random values"},
		{in, network(`,"weights":"a.pth"`), "blur-network: weights is given beside random; give one of them"},
		{in, network(`,"weights":""`), "blur-network: weights is empty; name a file"},
		{in, `{"kind":"blur-network","random":{"width":300}}`, "blur-network: random.width is 300; it must lie between 0 and 256"},
		{in, `{"kind":"blur-network","random":{"front":-1}}`, "blur-network: random.front is -1"},
		{in, network(`,"std":-1`), "blur-network: std is -1"},
		{in, network(`,"low":1`), "blur-network: low is 1; it must be below high, which is 1"},
		{in, network(`,"precision":"float16"`), `blur-network: precision is "float16"; it must be float32 or float64`},
		{in, network(`,"code":[[[0,1]]],"seed":3`), "blur-network: code is given with a seed or a std; it must be left out, or those be"},
		{in, network(`,"code":[[[0,1]]]`), "blur-network: code: has shape [1,1,2]; an image of this size and this network want [16,1,2]"},
		{in, network(`,"code":"k.npy"`), "blur-network: code: names the file k.npy, which has not been read"},
		{in, network(`,"code":{"real":[0],"imag":[1]}`), "blur-network: code: the field holds complex numbers; it must hold real ones"},
		{in, network(`,"kernel":1`), "blur-network: kernel is unknown"},
	} {
		_, err := inverse.Decode([]byte(c.json), c.in)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s for %v\n got  %v\n want %s", c.json, c.in, err, c.want)
		}
	}
	c, err := inverse.DecodeConfig([]byte(network(`,"std":1`)))
	if err != nil {
		t.Fatal(err)
	}
	configtest.Hostile(t, c, func(c inverse.Config) error { return c.Validate(in) })
}

// TestCodes: a code is drawn with the standard deviation 1.2 from its seed, whatever the weights, or given as an array or a
// file; another code is another blur.
func TestCodes(t *testing.T) {
	x := optest.Normals(in.Size(), 1)
	apply := func(fields string) []float64 { return optest.Apply(optest.Decode(t, in, network(fields)), x) }
	plain := apply("")
	if !slices.Equal(apply(`,"seed":0,"std":1.2`), plain) {
		t.Error("the defaults are not seed 0 and std 1.2")
	}
	for _, other := range []string{`,"seed":1`, `,"std":1`, `,"seed":2,"std":2`} {
		if slices.Equal(apply(other), plain) {
			t.Errorf("the code of %s is that of seed 0", other)
		}
	}
	dir := t.TempDir()
	code := optest.Normals(32, 5)
	op := optest.Decode(t, in, network(""))
	given := op.(*learned.BlurNetwork).Config().(learned.BlurNetworkConfig)
	given.Code = *inverse.Numbers([]int{16, 1, 2}, code)
	built, err := given.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	want := optest.Apply(built, x)
	if slices.Equal(want, plain) {
		t.Error("a code that is given has no effect")
	}
	if err := checkpoints.SaveNPY(filepath.Join(dir, "k.npy"), checkpoints.FromFloat64("", []int{1, 16, 1, 2}, code)); err != nil {
		t.Fatal(err)
	}
	read, err := inverse.DecodeFrom(t.Context(), dir, []byte(network(`,"code":"k.npy"`)), in)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(optest.Apply(read, x), want) {
		t.Error("the code in a file is another one")
	}
}

// TestWeightsInAFolder: the path of weights is relative to the folder of the description, and its description stands for
// itself anywhere.
func TestWeightsInAFolder(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/small.pt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "w.pth"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	op, err := inverse.DecodeFrom(t.Context(), dir, []byte(`{"kind":"blur-network","weights":"w.pth","low":-1}`), autodiff.S(3, 128, 128))
	if err != nil {
		t.Fatal(err)
	}
	single := inversetest.Default()
	single.Linear, single.Forward = 1e-5, 1e-5
	single.Gradient = math.Inf(1) // differences of single precision say nothing; TestGolden compares the VJP with PyTorch's
	single.Operator(t, op)
	testkit.Near(t, "weights by another path", optest.Apply(op, make([]float64, 3<<14)),
		optest.Apply(optest.Decode(t, autodiff.S(3, 128, 128), `{"kind":"blur-network","weights":"testdata/small.pt","low":-1}`), make([]float64, 3<<14)), 0)
}

// TestRandomNetworkKeepsSizes: the random network of published depth changes an image by about as much as the image is.
func TestRandomNetworkKeepsSizes(t *testing.T) {
	shape := autodiff.S(3, 128, 128)
	op := optest.Decode(t, shape, `{"kind":"blur-network","clip":false,"random":{"seed":1,"width":8}}`)
	x := optest.Normals(shape.Size(), 2)
	moved := 0.
	for i, v := range optest.Apply(op, x) {
		moved += (v - x[i]) * (v - x[i]) / float64(len(x))
	}
	if !(moved > 1e-4 && moved < 1) {
		t.Errorf("the mean square of what it adds to an image of standard normals is %v", moved)
	}
}
