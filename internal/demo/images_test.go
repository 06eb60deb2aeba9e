package demo

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/data"
)

var update = flag.Bool("update", false, "write the npy files of assets/ anew")

// The embedded digits are the first of the validation set that training with seed 0 and the default fraction holds
// out, so the embedded prior has not seen them.
func TestEmbeddedDigitsAreHeldOut(t *testing.T) {
	set, err := data.Open(t.Context(), "../../data/testdata/optdigits.csv.gz", data.Options{Shape: [3]int{1, 8, 8}, Max: 16})
	if err != nil {
		t.Fatal(err)
	}
	_, held := data.Split(set, .1, 0)
	index := make([]int, CarriedCount)
	for i := range index {
		index[i] = i
	}
	compareAsset(t, "assets/digits8-held-out.npy", held, index, 16)
}

// The embedded photographs are those of the test set that their rule names.
func TestEmbeddedFashionIsTheTestSet(t *testing.T) {
	dir := os.Getenv("TWEEDIE_DATA")
	if dir == "" {
		t.Skip("TWEEDIE_DATA names no folder with fashion-mnist/t10k-images-idx3-ubyte.gz and its labels")
	}
	set, err := data.Open(t.Context(), filepath.Join(dir, "fashion-mnist", "t10k-images-idx3-ubyte.gz"), data.Options{})
	if err != nil {
		t.Skip(err)
	}
	var of [10][]int // image numbers of each class
	img := make([]float32, 28*28)
	for i := range set.Len() {
		label, err := set.Read(i, img)
		if err != nil {
			t.Fatal(err)
		}
		of[label] = append(of[label], i)
	}
	index := make([]int, CarriedCount)
	for i := range index {
		index[i] = of[i%10][i/10]
	}
	compareAsset(t, "assets/fashion28-test.npy", set, index, 255)
}

// compareAsset holds an embedded file to images of a set, or writes it with -update.
func compareAsset(t *testing.T, path string, set data.Set, index []int, full float32) {
	t.Helper()
	c, h, w := set.Shape()
	img := make([]float32, c*h*w)
	var raw []byte
	for _, i := range index {
		if _, err := set.Read(i, img); err != nil {
			t.Fatal(err)
		}
		for _, v := range img {
			raw = append(raw, byte(full*v+.5))
		}
	}
	if *update {
		if err := checkpoints.SaveNPY(path, checkpoints.FromBytes("images", checkpoints.U8, []int{len(index), h, w}, raw)); err != nil {
			t.Fatal(err)
		}
		return
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(file, raw) {
		t.Errorf("%s does not hold the images of its rule", path)
	}
}

// An embedded image is read with the range that is asked for.
func TestCarriedImages(t *testing.T) {
	for _, shape := range []autodiff.Shape{autodiff.S(1, 8, 8), autodiff.S(1, 28, 28)} {
		c, err := Carried(shape)
		if err != nil {
			t.Fatal(err)
		}
		a, b := c.Image(3, 0, 1), c.Image(3, -1, 1)
		raw := c.file[len(c.file)-(CarriedCount-3)*shape.Size():]
		least, most := 1., 0.
		for i, v := range a {
			least, most = min(least, v), max(most, v)
			if v != float64(raw[i])/c.full || b[i] != 2*v-1 {
				t.Fatalf("%v: pixel %d is %v and %v; its code is %d of %v", shape, i, v, b[i], raw[i], c.full)
			}
		}
		if least < 0 || most > 1 || most < .5 {
			t.Errorf("%v: pixels from %v to %v", shape, least, most)
		}
	}
	if _, err := Carried(autodiff.S(3, 28, 28)); err == nil {
		t.Error("there are images for a shape that the program carries none of")
	}
}
