package checkpoints

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints/internal/store"
)

// network returns two parameters, filled.
func network() []*autodiff.Param {
	w, b := autodiff.NewParam("fc.weight", autodiff.S(2, 3)), autodiff.NewParam("fc.bias", autodiff.S(2))
	copy(w.Data(), []float32{1, 2, 3, 4, 5, 6})
	copy(b.Data(), []float32{-1, -2})
	return []*autodiff.Param{w, b}
}

func TestParamsRoundTrip(t *testing.T) {
	from, to := network(), network()
	f := &File{}
	if err := f.AddParams("model/", from); err != nil {
		t.Fatal(err)
	}
	if err := f.Add(FromFloat64("ema/fc.weight", []int{1}, []float64{math.NaN()})); err != nil { // not looked at
		t.Fatal(err)
	}
	for _, p := range to {
		clear(p.Data())
	}
	before := to[0].Version()
	if err := Load(f, to, LoadOptions{Prefix: "model/"}); err != nil {
		t.Fatal(err)
	}
	for i := range to {
		if !slices.Equal(to[i].Data(), from[i].Data()) {
			t.Errorf("%s: %v, want %v", to[i].Name(), to[i].Data(), from[i].Data())
		}
	}
	if to[0].Version() == before {
		t.Error("the version did not change: packed copies would stay stale")
	}
}

// TestLoadTable: every problem is in one table, and no parameter is changed.
func TestLoadTable(t *testing.T) {
	params := append(network(), autodiff.NewParam("out.weight", autodiff.S(4)), autodiff.NewParam("scale", autodiff.S()))
	f := &File{}
	err := f.Add(
		FromFloat32("fc.weight", []int{3, 2}, make([]float32, 6)),
		FromFloat32("fc.bias", []int{2}, []float32{7, 7}),
		FromFloat32("out.wieght", []int{4}, make([]float32, 4)),
		FromInt64("scale", []int{}, []int64{1}),
		FromFloat32("evil\n\x1b[2J", []int{1}, []float32{1}),
	)
	if err != nil {
		t.Fatal(err)
	}
	err = Load(f, params, LoadOptions{})
	const want = `checkpoints: 5 tensors do not fit, nothing was loaded
  problem      name            file       network  nearest in the file
  wrong shape  "fc.weight"     F32 [3,2]  [2,3]
  missing      "out.weight"               [4]      "out.wieght"
  not float    "scale"         I64 []     []
  unused       "out.wieght"    F32 [4]
  unused       "evil\n\x1b[2J"  F32 [1]`
	squash := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if err == nil || squash(err.Error()) != squash(want) {
		t.Errorf("error\n%v\nwant\n%v", err, want)
	}
	if !slices.Equal(params[1].Data(), []float32{-1, -2}) {
		t.Error("a parameter was changed")
	}
	var e *LoadError
	if !errors.As(err, &e) || len(e.Problems) != 5 {
		t.Errorf("%T, want a *LoadError of 5", err)
	}
}

func TestLoadNonFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300} { // the last overflows float32
		f := &File{}
		if err := f.Add(FromFloat64("fc.weight", []int{2, 3}, []float64{0, 0, bad, 0, 0, 0}), FromFloat32("fc.bias", []int{2}, make([]float32, 2))); err != nil {
			t.Fatal(err)
		}
		params := network()
		err := Load(f, params, LoadOptions{})
		if err == nil || !strings.Contains(err.Error(), "at 2") || params[1].Data()[0] != -1 {
			t.Errorf("%v: error %v, bias %v", bad, err, params[1].Data())
		}
		if err := Load(f, params, LoadOptions{AllowNonFinite: true}); err != nil || params[0].Data()[2] == 3 {
			t.Errorf("%v allowed: %v", bad, err)
		}
	}
}

func TestLoadManyProblems(t *testing.T) {
	var params []*autodiff.Param
	for i := range 300 {
		params = append(params, autodiff.NewParam(fmt.Sprintf("p%d", i), autodiff.S(1)))
	}
	params = append(params, params[0])
	err := Load(&File{}, params, LoadOptions{})
	if err == nil || strings.Count(err.Error(), "\n") != maxRows+2 || !strings.Contains(err.Error(), "and 262 more") {
		t.Errorf("error %v", err)
	}
}

// TestLoadMemory: parameters are filled in place; nothing in proportion to them is allocated besides.
func TestLoadMemory(t *testing.T) {
	const n = 1 << 21
	file := &File{}
	if err := file.Add(FromFloat32("a", []int{n}, make([]float32, n)), FromFloat32("b", []int{n}, make([]float32, n))); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := EncodeTorch(&b, file); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	f, err := Read(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	params := []*autodiff.Param{autodiff.NewLazyParam("a", autodiff.S(n)), autodiff.NewLazyParam("b", autodiff.S(n))}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := Load(f, params, LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 2*4*n+4*store.ChunkSize {
		t.Errorf("%d bytes allocated to load %d", took, 2*4*n)
	}
}
