package main

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"tweedie/checkpoints"
	"tweedie/data"
)

var update = flag.Bool("update", false, "write assets/digits8-held-out.npy anew")

// The embedded digits are the first of the validation set that training with seed 0 and the default fraction holds
// out, so the embedded prior has not seen them.
func TestEmbeddedDigitsAreHeldOut(t *testing.T) {
	set, err := data.Open("../../data/testdata/optdigits.csv.gz", data.Options{Shape: [3]int{1, 8, 8}, Max: 16})
	if err != nil {
		t.Fatal(err)
	}
	_, held := data.Split(set, defaultTraining().Data.Validation, 0)
	raw := make([]byte, 0, digitCount*64)
	img := make([]float32, 64)
	for i := range digitCount {
		if _, err := held.Read(i, img); err != nil {
			t.Fatal(err)
		}
		for _, v := range img {
			raw = append(raw, byte(16*v+.5))
		}
	}
	if *update {
		if err := checkpoints.SaveNPY("assets/digits8-held-out.npy", checkpoints.FromBytes("digits", checkpoints.U8, []int{digitCount, 8, 8}, raw)); err != nil {
			t.Fatal(err)
		}
		return
	}
	file, err := os.ReadFile("assets/digits8-held-out.npy")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(file, raw) {
		t.Error("the embedded digits are not the first of the validation set")
	}
	if x := heldOutDigit(3); len(x) != 64 || x[10] != float64(raw[3*64+10])/16 {
		t.Errorf("digit 3 is read as %v", x)
	}
}
