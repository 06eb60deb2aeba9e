package data

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRealFolder opens a folder of photographs of many sizes, gray and colour, PNG and JPEG, where there is one.
func TestRealFolder(t *testing.T) {
	dir := os.Getenv("TWEEDIE_DATA")
	if dir == "" {
		t.Skip("TWEEDIE_DATA is not set")
	}
	s, err := Open(t.Context(), filepath.Join(dir, "images", "skimage"), Options{Gray: true, Crop: [2]int{64, 64}, Check: true})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Summarize(t.Context(), s, 0)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Images < 12 || sum.Min < 0 || sum.Max > 1 {
		t.Errorf("%v", sum)
	}
	t.Log(sum)
}
