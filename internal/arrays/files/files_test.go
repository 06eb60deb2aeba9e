package files_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/internal/arrays"
	_ "tweedie/internal/arrays/files"
	"tweedie/internal/npy"
)

var nan = math.NaN()

// table is the matrix of most fixtures.
var table = [][]float64{
	{0, 0.5, 0, 0, -1, 0},
	{1.5, 0, 0, 0, 0, 0},
	{0, 0, -2, 0, 0, 2.5},
	{3.5, 0, 0, -3, 0, 0},
}

// each applies f to the numbers of a table, row by row.
func each(rows [][]float64, f func(v float64) []float64) (out []float64) {
	for _, row := range rows {
		for _, v := range row {
			out = append(out, f(v)...)
		}
	}
	return out
}

func same(v float64) []float64 { return []float64{v} }

var (
	symmetric = [][]float64{{2, -1, 0}, {-1, 0, 3.5}, {0, 3.5, 1}}
	skew      = [][]float64{{0, 1, 2}, {-1, 0, 4}, {-2, -4, 0}}
)

// matrices are the fixtures that hold one, with what is in them.
var matrices = map[string][]float64{
	"csr.npz": each(table, same), "csc.npz": each(table, same), "coo.npz": each(table, same), "dia.npz": each(table, same),
	"bsr.npz": each(table, same), "array.npz": each(table, same),
	"complex.npz": each(table, func(v float64) []float64 { return []float64{v, 2 * v * v} }),
	"general.mtx": each(table, same), "array.mtx": each(table, same),
	"symmetric.mtx": each(symmetric, same), "arraysymmetric.mtx": each(symmetric, same),
	"skew.mtx": each(skew, same), "arrayskew.mtx": each(skew, same),
	"integer.mtx":   each(table, func(v float64) []float64 { return []float64{2 * v} }),
	"pattern.mtx":   each(table, func(v float64) []float64 { return []float64{min(1, math.Abs(2*v))} }),
	"hermitian.mtx": {1, 0, 2, 1, 0, 0, 2, -1, 3, 0, 0, -1, 0, 0, 0, 1, 4, 0},
}

// TestMatrices: what scipy wrote is read to the last bit, with its zeros and without.
func TestMatrices(t *testing.T) {
	for name, want := range matrices {
		path := filepath.Join("testdata", name)
		v, err := arrays.FromFile(path).Read(t.Context(), arrays.Use{})
		if err != nil {
			t.Error(err)
			continue
		}
		isComplex := name == "complex.npz" || name == "hermitian.mtx"
		if !slices.Equal(v.Data, want) || v.Complex != isComplex {
			t.Errorf("%s: %v, %v", name, v.Shape, v.Data)
		}
		s, err := arrays.ReadSparse(t.Context(), path, "")
		if err != nil {
			t.Error(err)
			continue
		}
		if d := s.Dense(); !slices.Equal(d.Data, want) || fmt.Sprint(d.Shape) != fmt.Sprint(v.Shape) || s.Complex != isComplex {
			t.Errorf("%s: without its zeros %+v", name, s)
		}
	}
}

// unpacked writes the content of a fixture in gzip to a file.
func unpacked(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFITSImages: an image of each type by number and by name, what stands for NaN, and the only image of a file.
func TestFITSImages(t *testing.T) {
	for _, path := range []string{unpacked(t, "many.fits"), "testdata/many.fits.gz"} {
		for member, want := range map[string][]float64{
			"1": {0, 1, 2, 3, 4, 5}, "I": {0, 1, 2, 3, 4, 5}, "j": {0, 1, 2, 3, 4, 5}, "4": {0, 1, 2, 3, 4, 5}, "E": {0, 1, 2, 3, 4, 5}, "6": {0, 1, 2, 3, 4, 5},
			"scaled": {10, 10.5, 11, 11.5, nan, 12.5}, "8": {0, 1, 2, 3, 4, nan}, "CAT.flux": {1, 2},
		} {
			v, err := arrays.FromFile(path+":"+member).Read(t.Context(), arrays.Use{})
			if err != nil || fmt.Sprint(v.Data) != fmt.Sprint(want) || len(want) == 6 && !slices.Equal(v.Shape, []int{2, 3}) {
				t.Errorf("%s: %v %v (%v)", member, v.Shape, v.Data, err)
			}
		}
		for member, want := range map[string]string{"": "holds 8 images", "0": `no array called "0"`, "SCI": `no array called "SCI"`, "SCALE": "did you mean SCALED?"} {
			_, err := (&arrays.Array{File: path, Member: member}).Read(t.Context(), arrays.Use{})
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: %v; want %q", member, err, want)
			}
		}
	}
	v, err := arrays.FromFile("testdata/one.fits.gz").Read(t.Context(), arrays.Use{})
	if err != nil || !slices.Equal(v.Data, []float64{0, 1, 2, 3, 4, 5}) {
		t.Errorf("the only image: %v (%v)", v.Data, err)
	}
}

// TestMatrixMarketMistakes: each is told with the file and the line.
func TestMatrixMarketMistakes(t *testing.T) {
	const head = "%%MatrixMarket matrix coordinate real general\n"
	for text, want := range map[string]string{
		"":               "there is no banner",
		"1 1 1\n1 1 5\n": "begins with %%MatrixMarket",
		"%%MatrixMarket matrix coordinate real\n":                  "begins with %%MatrixMarket",
		"%%MatrixMarket matrix coordinate quaternion general\n":    `the field is "quaternion"`,
		"%%MatrixMarket matrix list real general\n":                `the layout is "list"`,
		"%%MatrixMarket matrix coordinate real upper\n":            `the symmetry is "upper"`,
		"%%MatrixMarket matrix array pattern general\n1 1\n":       "cannot have the field pattern",
		"%%MatrixMarket matrix coordinate real symmetric\n2 3 0\n": "must be square",
		head:                                "has 0 words; it must give rows, columns",
		head + "2 2\n":                      "has 2 words",
		head + "2 -2 1\n1 1 1\n":            `has "-2"`,
		head + "2 two 1\n":                  `has "two"`,
		head + "0 2 0\n":                    "between 1 and",
		head + "99999999999 2 1\n1 1 1\n":   "between 1 and",
		head + "1000 1000 1000000\n1 1 1\n": "cannot stand in a file of",
		"%%MatrixMarket matrix array real general\n60000000 60000000\n1\n": "cannot stand in a file of",
		head + "2 2 2\n1 1 1\n":                                 "line 3: the file ends after 1 entries",
		head + "2 2 1\n1 1 1\n2 2 1\n":                          "follows the 1 entries",
		head + "2 2 1\n% a comment\n\n3 1 1\n":                  "line 5: the entry is in row 3",
		head + "2 2 1\n0 1 1\n":                                 "they must lie in 1..2",
		head + "2 2 1\n1 1\n":                                   "has 0 numbers for a value",
		head + "2 2 1\n1 1 1 2\n":                               "has 2 numbers for a value",
		head + "2 2 1\n1 1 x\n":                                 `the value "x" is no finite number`,
		head + "2 2 1\n1 1 1e999\n":                             "no finite number",
		head + "2 2 1\n1 1 " + strings.Repeat("1", 5000) + "\n": "more than 4096 characters",
		head + "9000 9000 1\n1 1 1\n":                           "a sparse matrix is taken as it is",
	} {
		path := filepath.Join(t.TempDir(), "A.mtx")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := arrays.FromFile(path).Read(t.Context(), arrays.Use{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "A.mtx") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: %v; want %q", text, err, want)
		}
	}
}

// part is an array of a file that a test makes, of floats or of integers.
type part struct {
	kind  byte
	shape []int
	data  []float64
}

// writeNPZ writes arrays and the name of a format as scipy does.
func writeNPZ(t *testing.T, path, format string, parts map[string]part) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, content []byte) {
		w, err := z.Create(name + ".npy")
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, p := range parts {
		raw := npy.AppendHeader(nil, p.kind, 8, p.shape)
		for _, v := range p.data {
			bits := math.Float64bits(v)
			if p.kind == 'i' {
				bits = uint64(int64(v))
			}
			raw = binary.LittleEndian.AppendUint64(raw, bits)
		}
		put(name, raw)
	}
	header := string(npy.AppendHeader(nil, 'u', 1, nil))
	put("format", []byte(strings.Replace(header, "'|u1'", "'|S3'", 1)+format))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestScipyMistakes: an archive with other parts than its format has.
func TestScipyMistakes(t *testing.T) {
	one := func(shape []int, data ...float64) part { return part{'f', shape, data} }
	whole := func(data ...float64) part { return part{'i', []int{len(data)}, data} }
	for want, parts := range map[string]map[string]part{
		"there is no array indptr":      {"data": one([]int{1}, 5), "shape": whole(2, 2)},
		"there is no array indices":     {"data": one([]int{1}, 5), "shape": whole(2, 2), "indptr": whole(0, 1, 1)},
		"shape has 3 entries":           {"data": one([]int{1}, 5), "shape": whole(2, 2, 2)},
		"it must be a list of integers": {"data": one([]int{1}, 5), "shape": one([]int{2}, 2, 2)},
		"is a matrix of 0 x 2":          {"data": one([]int{1}, 5), "shape": whole(0, 2)},
		"indptr has 2 entries for 2":    {"data": one([]int{1}, 5), "shape": whole(2, 2), "indptr": whole(0, 1), "indices": whole(0)},
		"indptr promises 9 entries":     {"data": one([]int{1}, 5), "shape": whole(2, 2), "indptr": whole(0, 1, 9), "indices": whole(0)},
		"they must ascend":              {"data": one([]int{1}, 5), "shape": whole(2, 2), "indptr": whole(0, 2, 1), "indices": whole(0)},
		"in row 0 and column 7":         {"data": one([]int{1}, 5), "shape": whole(2, 2), "indptr": whole(0, 1, 1), "indices": whole(7)},
		"indices[0] is -1":              {"data": one([]int{1}, 5), "shape": whole(2, 2), "indptr": whole(0, 1, 1), "indices": whole(-1)},
		"must be a finite number":       {"data": one([]int{1}, nan), "shape": whole(2, 2), "indptr": whole(0, 1, 1), "indices": whole(1)},
	} {
		path := filepath.Join(t.TempDir(), "A.npz")
		writeNPZ(t, path, "csr", parts)
		_, err := arrays.ReadSparse(context.Background(), path, "")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "A.npz") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want %q", err, want)
		}
	}
	path := filepath.Join(t.TempDir(), "A.npz")
	writeNPZ(t, path, "lil", map[string]part{"data": one([]int{1}, 5), "shape": whole(2, 2)})
	if _, err := arrays.ReadSparse(context.Background(), path, ""); err == nil || !strings.Contains(err.Error(), `format is "lil"`) {
		t.Errorf("an unknown format: %v", err)
	}
}
