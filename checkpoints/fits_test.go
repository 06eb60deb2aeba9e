package checkpoints

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestFITS: an image, a table of every type that is read and a second image, written by astropy.
func TestFITS(t *testing.T) {
	f, err := Open("testdata/fits/mixed.fits")
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
	for i, want := range []*Tensor{
		FromFloat64("image", []int{2, 3}, []float64{65000, 65001, 65002, 65003, 65004, 65005}),
		FromFloat64("GMM.mean", []int{4, 2, 3}, half),
		FromInt64("GMM.flag", []int{4, 2}, []int64{1, 0, 0, 0, 1, 1, 0, 1}),
		FromInt64("GMM.u", []int{4}, []int64{0, 1, 254, 255}),
		FromInt64("GMM.i", []int{4, 3}, []int64{-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5}),
		FromInt64("GMM.j", []int{4}, []int64{math.MinInt32, 0, 1, math.MaxInt32}),
		FromInt64("GMM.k", []int{4}, []int64{-1 << 62, 0, 1, 1 << 62}),
		FromFloat64("GMM.e", []int{4, 2}, thirds),
		FromFloat64("GMM.c", []int{4, 2}, []float64{1, 2, 3, -4, 0, 0, 0, 5}),
		FromFloat64("GMM.scaled", []int{4}, []float64{10, 12, 14, 16}),
		FromFloat64("GMM.u32", []int{4}, []float64{0, 1, 1 << 31, 1<<32 - 1}),
		FromFloat64("hdu2", []int{3, 4}, []float64{math.Copysign(0, -1), -.25, -.5, -.75, -1, -1.25, -1.5, -1.75, -2, -2.25, -2.5, -2.75}),
	} {
		got := f.tensors[i]
		if got.Name != want.Name {
			t.Fatalf("tensor %d is %q, want %q", i, got.Name, want.Name)
		}
		sameNumbers(t, "mixed", got, want)
	}
	if len(f.tensors) != 12 {
		t.Errorf("names %q", f.Names())
	}
	want := []Value{{"OBJECT", "it's M 87"}, {"EXPTIME", 1.5}, {"NPIX", int64(7)}, {"GOOD", true}, {"GMM.PNPTYPE", "none"}, {"GMM.name", []any{"ab", "c", "", "defgh"}}}
	if fmt.Sprintf("%#v", f.Values) != fmt.Sprintf("%#v", want) {
		t.Errorf("values %#v, want %#v", f.Values, want)
	}
	z, err := Open("testdata/fits/table.fits.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if z.Format != "fits+gzip" {
		t.Errorf("format %q", z.Format)
	}
	sameNumbers(t, "table", z.tensors[0], FromFloat64("x", []int{2}, []float64{1, 2}))
}

// fits makes a unit of cards and data, both filled up to whole blocks.
func fits(data string, cards ...string) string {
	var b strings.Builder
	for _, c := range append(cards, "END") {
		fmt.Fprintf(&b, "%-80s", c)
	}
	pad := func(n int, with string) string { return strings.Repeat(with, (fitsBlock-n%fitsBlock)%fitsBlock) }
	return b.String() + pad(b.Len(), " ") + data + pad(len(data), "\x00")
}

var fitsPrimary = []string{"SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0"}

// fitsRows is a file with a table of rows of so many bytes, with further cards.
func fitsRows(width int, rows int64, data string, cards ...string) string {
	return fits("", fitsPrimary...) + fits(data, append([]string{"XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2",
		fmt.Sprintf("NAXIS1  = %d", width), fmt.Sprintf("NAXIS2  = %d", rows), "PCOUNT  = 0", "GCOUNT  = 1"}, cards...)...)
}

// TestFITSTable: rows that are longer than a chunk, and many short ones between whose columns others lie.
func TestFITSTable(t *testing.T) {
	for _, c := range []struct{ count, rows int }{{3, 40000}, {chunkSize/2 + 5, 3}} {
		data := make([]byte, 0, (2*c.count+3)*c.rows)
		for row := range c.rows {
			data = append(data, 0xaa)
			for i := range c.count {
				v := row*7 + i
				data = append(data, byte(v>>8), byte(v))
			}
			data = append(data, 0xbb, 0xcc)
		}
		raw := fitsRows(2*c.count+3, int64(c.rows), string(data), "TFIELDS = 3", "TFORM1  = 'B'", fmt.Sprintf("TFORM2  = '%dI'", c.count), "TTYPE2  = 'x'", "TFORM3  = '2B'")
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

// TestFITSBad: each mistake is named.
func TestFITSBad(t *testing.T) {
	image := func(cards ...string) string {
		return fits("\x00\x01\x02\x03", append([]string{"SIMPLE  = T"}, cards...)...)
	}
	for raw, want := range map[string]string{
		image("BITPIX  = 12", "NAXIS   = 0"):                                  "BITPIX is 12",
		image("NAXIS   = 0"):                                                  "BITPIX is missing",
		image("BITPIX  = 8"):                                                  "NAXIS is missing",
		image("BITPIX  = 8", "NAXIS   = 1000"):                                "NAXIS is 1000",
		image("BITPIX  = 8", "NAXIS   = 1"):                                   "NAXIS1 is missing",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = -4"):                   "NAXIS1 is -4",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4.0"):                  "NAXIS1 is 4,",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 99999999999999999999"): "NAXIS1 is 99999999999999999999",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 2881"):                 "than the 2880 bytes that are left",
		image("BITPIX  = 64", "NAXIS   = 3", "NAXIS1  = 4294967296", "NAXIS2  = 4294967296", "NAXIS3  = 2"): "take more than",
		image("BITPIX  = -64", "NAXIS   = 1", "NAXIS1  = 1152921504606846976"):                              "take more than", // 2^63 bytes
		image("BITPIX  = -64", "NAXIS   = 1", "NAXIS1  = 2305843009213693952"):                              "take more than",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 2", "PCOUNT  = 2"):                                   "takes 2 bytes, there are 4",
		image("BITPIX  = 8", "NAXIS   = 0"):                                                                 "neither images nor",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "BSCALE  = 'x'"):                                 `BSCALE is "x"`,
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "OBJECT  = 'x"):                                  "no value that can be read",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "OBJECT  = 'x\x01'"):                             "more than ASCII",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4")[:2882]:                                           "than the 2 bytes that are left",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4")[:2000]:                                           "cut off",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "GROUPS  = T"):                                   "neither images nor",
		fits("", "SIMPLE  = T") + "x":                                                                       "BITPIX is missing",
		strings.Repeat(fits("", fitsPrimary...), maxFITSUnit+1):                                             "more than 1000 headers",
		fitsRows(4, 1, "abcd", "TFIELDS = 1"):                                                               "TFORM is missing",
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '9'"):                                              `TFORM is "9"`,
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '1PE(3)'"):                                         `elements of type 'P' are not read`,
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '2J'"):                                             "in the 4 bytes that are left of a row of 4",
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '5A'"):                                             "5 characters in a row of 4",
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '99999999999999999999J'"):                          "TFORM",
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '3B'"):                                             "take 3 bytes of rows of 4",
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TDIM1   = '(2,3)'"):                        `TDIM "(2,3)" for 4`,
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TDIM1   = '(4,0)'"):                        `TDIM "(4,0)" for 4`,
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TDIM1   = '4'"):                            `TDIM "4" for 4`,
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TDIM1   = '(2)'"):                          `TDIM "(2)" for 4`,
		fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TSCAL1  = T"):                              "TSCAL1 is true",
		fitsRows(8, 1, "abcdefgh", "TFIELDS = 1", "TFORM1  = 'C'", "TSCAL1  = 2"):                           "complex",
		fitsRows(4, 1, "abcd"): "TFIELDS is missing",
		fitsRows(4, 1, "abcd", "TFIELDS = 2", "TTYPE1  = 'x'", "TTYPE2  = 'x'", "TFORM1  = 'I'", "TFORM2  = 'I'"):                 "twice",
		fitsRows(0, 1<<62, "", "PCOUNT  = 1", "TFIELDS = 1", "TFORM1  = '0A'"):                                                    "neither",
		fits("", fitsPrimary...) + fits("ab", "XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 2", "TFIELDS = 0"): "a table with 1 axes",
	} {
		_, err := readAll([]byte(raw))
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestGzip: what a compressed file may take, and what may be in it.
func TestGzip(t *testing.T) {
	squeeze := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	good := squeeze(fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = 'J'"))
	if _, err := readAll(good); err != nil {
		t.Error(err)
	}
	for n := range good {
		if _, err := readAll(good[:n]); err == nil {
			t.Errorf("read from %d of %d bytes", n, len(good))
		}
	}
	broken := slices.Clone(good)
	broken[len(broken)-8] ^= 1
	huge := fits("", fitsPrimary...) + fits("", "XTENSION= 'IMAGE'", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 1000000000000")
	z, err := gzip.NewReader(bytes.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := (&inflating{z: z, limit: 10}).ReadAt(make([]byte, 5), 6); err == nil || !strings.Contains(err.Error(), "11 bytes are wanted, the limit") {
		t.Errorf("%d bytes beyond the limit, %v", n, err)
	}
	for what, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"a wrong checksum": {broken, "checksum"},
		"another file":     {squeeze(strings.Repeat("\x00", 5000)), "not one of FITS"},
		"an empty file":    {squeeze(""), "not one of FITS"},
		"a lie":            {squeeze(huge), "take more than the"},
		"a short file":     {squeeze(fits("", fitsPrimary...)[:2000]), "unexpected EOF"},
		"a bomb":           {squeeze(fits("", fitsPrimary...) + strings.Repeat("\x00", 20<<20)), "neither images nor"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readAll(c.raw)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", what, err, c.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes allocated", what, n)
		}
	}
}

// TestPublishedMixture: the patch mixture as published, against the same numbers in safetensors.
func TestPublishedMixture(t *testing.T) {
	dir := os.Getenv("TWEEDIE_WEIGHTS")
	if dir == "" {
		t.Skip("TWEEDIE_WEIGHTS is not set")
	}
	f, err := Open(filepath.Join(dir, "originals", "gmm-nrao-jets-v0.1.fits.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := Open(filepath.Join(dir, "gmm_nrao_jets.safetensors"))
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
		b, err := os.ReadFile("testdata/fits/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(fitsRows(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = 'J'")))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := readFITS(bytes.NewReader(b), int64(len(b)), "fits")
		if bytes.HasPrefix(b, gzipMagic) {
			file, err = readGzip(bytes.NewReader(b), int64(len(b)))
		}
		if err == nil {
			checkTorch(t, file)
		}
	})
}
