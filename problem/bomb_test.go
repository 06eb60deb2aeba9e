package problem

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tweedie/internal/npy"
)

// writeClaim writes a compressed npz of less than a megabyte whose one array claims 9000 x 9000 numbers of a type. Behind
// the header stands nothing that can be read, so whoever reads the numbers gets another error than one about the shape.
func writeClaim(t *testing.T, path string, kind byte, size int) {
	t.Helper()
	head := npy.AppendHeader(nil, kind, size, []int{9000, 9000})
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(head); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	bytesOf := 81_000_000 * size
	packed.Write(bytes.Repeat([]byte{0xff}, bytesOf/1000))
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	e, err := z.CreateRaw(&zip.FileHeader{Name: "x.npy", Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(head) + bytesOf)})
	if err == nil {
		_, err = e.Write(packed.Bytes())
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = os.WriteFile(path, file.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestShapesComeFirst: an array of a wrong shape is refused by its header, wherever a file may name one, in the words of a shape
// error with the name of the file, and with memory for neither its bytes nor its numbers.
func TestShapesComeFirst(t *testing.T) {
	dir := t.TempDir()
	writeNPY(t, dir, "y.npy", []int{1, 4, 4}, ramp)
	writeNPY(t, dir, "x.npy", []int{1, 8, 8}, ramp)
	writeClaim(t, filepath.Join(dir, "big.npz"), 'f', 8)
	writeClaim(t, filepath.Join(dir, "whole.npz"), 'u', 1)
	const block, gauss = `{"kind":"block-average","rows":2,"cols":2}`, `{"kind":"gaussian","sigma":0.05}`
	for _, c := range []struct{ operator, noise, data, want string }{
		{block, gauss, `"data":"big.npz"`, "it must be [1,4,4]"},
		{block, gauss, `"data":"y.npy","mask":"big.npz"`, "it must be [1,4,4]"},
		{block, gauss, `"simulate":{"image":"big.npz"}`, "[1,8,8]"},
		{block, gauss, `"simulate":{"image":"big.npz:x"}`, "[1,8,8]"},
		{block, gauss, `"simulate":{"image":"whole.npz"}`, "whole.npz"},
		{`{"kind":"dense","matrix":"big.npz"}`, gauss, `"simulate":{"image":"x.npy"}`, "it must be [m,64]"},
		{`{"kind":"dense","rows":16,"data":"big.npz"}`, gauss, `"data":"y.npy"`, "dense: data"},
		{`{"kind":"blur","psf":"big.npz"}`, gauss, `"simulate":{"image":"x.npy"}`, "it must have at most"},
		{`{"kind":"inpaint","keep":"big.npz"}`, gauss, `"simulate":{"image":"x.npy"}`, "it must be [8,8]"},
		{`{"kind":"select","mask":"big.npz"}`, gauss, `"simulate":{"image":"x.npy"}`, "64 numbers"},
		{`{"kind":"dft","pattern":"big.npz"}`, gauss, `"simulate":{"image":"x.npy"}`, "it must be [8,8]"},
		{`{"kind":"coded-diffraction","masks":"big.npz"}`, gauss, `"simulate":{"image":"x.npy"}`, "it must be [L,8,8]"},
		{`{"kind":"shift","op":{"kind":"identity"},"offset":"big.npz"}`, gauss, `"simulate":{"image":"x.npy"}`, "one number or 64"},
		{`{"kind":"compose","ops":[{"kind":"identity"},{"kind":"dense","matrix":"big.npz"}]}`, gauss, `"simulate":{"image":"x.npy"}`, "it must be [m,64]"},
		{block, `{"kind":"gaussian","sigmas":"big.npz"}`, `"data":"y.npy"`, "sigmas"},
		{block, `{"kind":"gaussian","covariance":"big.npz"}`, `"data":"y.npy"`, "it must be [16,16]"},
		{block, `{"kind":"poisson","gain":1,"backgrounds":"big.npz"}`, `"data":"y.npy"`, "backgrounds"},
	} {
		text := fmt.Sprintf(`{"prior":"digits8","operator":%s,"noise":%s,%s}`, c.operator, c.noise, c.data)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Open(t.Context(), write(t, dir, "problem.json", text))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), ".npz") || strings.ContainsAny(err.Error(), "\n") ||
			strings.Contains(err.Error(), "flate") || strings.Contains(err.Error(), "npz: entry") {
			t.Errorf("%s: %v\nwant %q", text, err, c.want)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 16<<20 {
			t.Errorf("%s: %d bytes were allocated", text, taken)
		}
	}
}
