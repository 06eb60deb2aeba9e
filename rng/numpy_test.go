package rng

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestNumpyOracles compares with permutations that numpy printed.
func TestNumpyOracles(t *testing.T) {
	for _, c := range []struct {
		seed uint32
		want []int
	}{
		{0, []int{6, 2, 1, 7, 3, 0, 5, 4}},
		{1, []int{7, 2, 1, 6, 0, 4, 3, 5}},
		{0, []int{1, 6, 8, 9, 13, 4, 2, 14, 10, 7, 15, 11, 3, 0, 5, 12}},
		{3, []int{0}},
		{3, []int{}},
	} {
		if got := NumpyPermutation(c.seed, len(c.want)); !slices.Equal(got, c.want) {
			t.Errorf("NumpyPermutation(%d, %d) = %v, want %v", c.seed, len(c.want), got, c.want)
		}
	}
}

// TestNumpyFiles compares with whole permutations that numpy saved, long enough to twist the state several times.
func TestNumpyFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/perm_seed*.npy")
	if err != nil || len(files) != 8 {
		t.Fatalf("%d files, %v; want 8", len(files), err)
	}
	for _, name := range files {
		var seed uint32
		var n int
		if _, err := fmt.Sscanf(filepath.Base(name), "perm_seed%d_n%d.npy", &seed, &n); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		body := raw[len(raw)-4*n:]
		for i, got := range NumpyPermutation(seed, n) {
			if want := int(math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))); got != want {
				t.Fatalf("%s: entry %d is %d, want %d", name, i, got, want)
			}
		}
	}
}
