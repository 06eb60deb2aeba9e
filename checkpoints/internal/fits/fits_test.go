package fits_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
	"tweedie/checkpoints/internal/fits"
	"tweedie/checkpoints/internal/store"
)

// TestFITS: an image, a table of every type that is read and a second image, written by astropy.
func TestFITS(t *testing.T) {
	f, err := checkpoints.Open("testdata/mixed.fits")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Verify(); err != nil || f.Format != "fits" {
		t.Errorf("%q, %v", f.Format, err)
	}
	half := make([]float64, 24)
	for i := range half {
		half[i] = float64(i) / 2
	}
	thirds := make([]float64, 8)
	for i := range thirds {
		thirds[i] = float64(float32(float64(i) / 3))
	}
	for i, want := range []*checkpoints.Tensor{
		checkpoints.FromFloat64("image", []int{2, 3}, []float64{65000, 65001, 65002, 65003, 65004, 65005}),
		checkpoints.FromFloat64("GMM.mean", []int{4, 2, 3}, half),
		checkpoints.FromInt64("GMM.flag", []int{4, 2}, []int64{1, 0, 0, 0, 1, 1, 0, 1}),
		checkpoints.FromInt64("GMM.u", []int{4}, []int64{0, 1, 254, 255}),
		checkpoints.FromInt64("GMM.i", []int{4, 3}, []int64{-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5}),
		checkpoints.FromInt64("GMM.j", []int{4}, []int64{math.MinInt32, 0, 1, math.MaxInt32}),
		checkpoints.FromInt64("GMM.k", []int{4}, []int64{-1 << 62, 0, 1, 1 << 62}),
		checkpoints.FromFloat64("GMM.e", []int{4, 2}, thirds),
		checkpoints.FromFloat64("GMM.c", []int{4, 2}, []float64{1, 2, 3, -4, 0, 0, 0, 5}),
		checkpoints.FromFloat64("GMM.scaled", []int{4}, []float64{10, 12, 14, 16}),
		checkpoints.FromFloat64("GMM.u32", []int{4}, []float64{0, 1, 1 << 31, 1<<32 - 1}),
		checkpoints.FromFloat64("hdu2", []int{3, 4}, []float64{math.Copysign(0, -1), -.25, -.5, -.75, -1, -1.25, -1.5, -1.75, -2, -2.25, -2.5, -2.75}),
	} {
		got := f.Tensors()[i]
		if got.Name != want.Name {
			t.Fatalf("tensor %d is %q, want %q", i, got.Name, want.Name)
		}
		filetest.SameNumbers(t, "mixed", got, want)
	}
	if len(f.Tensors()) != 12 {
		t.Errorf("names %q", f.Names())
	}
	want := []checkpoints.Value{{Name: "OBJECT", V: "it's M 87"}, {Name: "EXPTIME", V: 1.5}, {Name: "NPIX", V: int64(7)}, {Name: "GOOD", V: true}, {Name: "GMM.PNPTYPE", V: "none"}, {Name: "GMM.name", V: []any{"ab", "c", "", "defgh"}}}
	if fmt.Sprintf("%#v", f.Values) != fmt.Sprintf("%#v", want) {
		t.Errorf("values %#v, want %#v", f.Values, want)
	}
	z, err := checkpoints.Open("testdata/table.fits.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if z.Format != "fits+gzip" {
		t.Errorf("format %q", z.Format)
	}
	filetest.SameNumbers(t, "table", z.Tensors()[0], checkpoints.FromFloat64("x", []int{2}, []float64{1, 2}))
}

// unitOf makes a unit of cards and data, both filled up to whole blocks.
func unitOf(data string, cards ...string) string {
	var b strings.Builder
	for _, c := range append(cards, "END") {
		fmt.Fprintf(&b, "%-80s", c)
	}
	pad := func(n int, with string) string { return strings.Repeat(with, (2880-n%2880)%2880) }
	return b.String() + pad(b.Len(), " ") + data + pad(len(data), "\x00")
}

var primary = []string{"SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0"}

// rowsOf is a file with a table of rows of so many bytes, with further cards.
func rowsOf(width int, rows int64, data string, cards ...string) string {
	return unitOf("", primary...) + unitOf(data, append([]string{"XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2",
		fmt.Sprintf("NAXIS1  = %d", width), fmt.Sprintf("NAXIS2  = %d", rows), "PCOUNT  = 0", "GCOUNT  = 1"}, cards...)...)
}

// TestFITSTable: rows that are longer than a chunk, and many short ones between whose columns others lie.
func TestFITSTable(t *testing.T) {
	for _, c := range []struct{ count, rows int }{{3, 40000}, {store.ChunkSize/2 + 5, 3}} {
		data := make([]byte, 0, (2*c.count+3)*c.rows)
		for row := range c.rows {
			data = append(data, 0xaa)
			for i := range c.count {
				v := row*7 + i
				data = append(data, byte(v>>8), byte(v))
			}
			data = append(data, 0xbb, 0xcc)
		}
		raw := rowsOf(2*c.count+3, int64(c.rows), string(data), "TFIELDS = 3", "TFORM1  = 'B'", fmt.Sprintf("TFORM2  = '%dI'", c.count), "TTYPE2  = 'x'", "TFORM3  = '2B'")
		f, err := readAll([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"column1", "x", "column3"}; !slices.Equal(f.Names(), want) {
			t.Errorf("names %q", f.Names())
		}
		x, err := f.Tensor("x")
		if err != nil {
			t.Fatal(err)
		}
		got, err := x.Int64s()
		if err != nil || !slices.Equal(x.Shape, []int{c.rows, c.count}) {
			t.Fatal(x.Shape, err)
		}
		for i, v := range got {
			if want := int64(int16(i/c.count*7 + i%c.count)); v != want {
				t.Fatalf("element %d is %d, want %d", i, v, want)
			}
		}
	}
}

// TestPublishedMixture: the patch mixture as published, against the same numbers in safetensors.
func TestPublishedMixture(t *testing.T) {
	dir := os.Getenv("TWEEDIE_WEIGHTS")
	if dir == "" {
		t.Skip("TWEEDIE_WEIGHTS is not set")
	}
	f, err := checkpoints.Open(filepath.Join(dir, "originals", "gmm-nrao-jets-v0.1.fits.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := checkpoints.Open(filepath.Join(dir, "gmm_nrao_jets.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for _, want := range g.Tensors() {
		got, err := f.Tensor(want.Name)
		if err != nil {
			t.Fatal(err)
		}
		a, err1 := got.Float64s()
		b, err2 := want.Float64s()
		if err1 != nil || err2 != nil || !slices.Equal(got.Shape, want.Shape) {
			t.Fatalf("%q: %v %v, %v, %v", want.Name, got.Shape, want.Shape, err1, err2)
		}
		for i := range a {
			if math.Abs(a[i]-b[i]) > 1e-6*max(1, math.Abs(b[i])) { // rounded to float32 there
				t.Fatalf("%q: element %d is %v, want %v", want.Name, i, a[i], b[i])
			}
		}
	}
	if v, _ := f.Value("PNPTYPE"); v != "std-subtract-mean" {
		t.Errorf("PNPTYPE %v", v)
	}
}

// FuzzFITS: whatever the bytes, plain or in gzip, reading ends with an error or with tensors.
func FuzzFITS(f *testing.F) {
	for _, name := range []string{"mixed.fits", "table.fits.gz"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = 'J'")))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := fits.Read(bytes.NewReader(b), int64(len(b)))
		if fits.IsGzip(b) {
			c, err = fits.ReadGzip(bytes.NewReader(b), int64(len(b)))
		}
		if err == nil {
			filetest.Rewrites(t, c.All())
		}
	})
}

// readAll reads a file whole.
func readAll(b []byte) (*checkpoints.File, error) { return filetest.Read(checkpoints.Read, b) }
