package plan

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/adm"
)

// What is computed again is the same to the last bit.
func TestRecomputedGradientIsTheSame(t *testing.T) {
	cfg, err := adm.Parse([]byte(`{"in_channels":1,"model_channels":4,"num_res_blocks":1,"channel_mult":[1,2],"norm_groups":4,"attention_resolutions":[2],
		"num_head_channels":4,"use_scale_shift_norm":true,"label_scale":1000,"dropout":0.1}`))
	if err != nil {
		t.Fatal(err)
	}
	n, err := OfUNet("", cfg, 2, 8, true)
	if err != nil {
		t.Fatal(err)
	}
	gradient := func(p autodiff.Policy) []float64 {
		n.Policy = p
		s, x, y := n.Record(autodiff.NewArena())
		defer s.Close()
		var g [1]autodiff.Var
		s.ChildMode(autodiff.Eval).VJPLast([]autodiff.Var{y}, []autodiff.Var{x}, []autodiff.Var{x}, g[:])
		v := make([]float64, g[0].Size())
		g[0].CopyTo64(v)
		return v
	}
	a, b := gradient(autodiff.RematNone), gradient(autodiff.RematBlock)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("element %d is %v, and %v with blocks computed again", i, a[i], b[i])
		}
	}
}

// A size is a number and a unit, decimal or binary; anything else is an error that names the flag.
func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "512MiB": 512 << 20, "1 GiB": 1 << 30, "0.9GB": 900000000, "1kB": 1000, "7": 7,
		"4G": 4 << 30, "512M": 512 << 20, "4g": 4 << 30, "4gib": 4 << 30, "1.5T": 3 << 39, "2k": 2048, "1e3 KB": 1000000, "9B": 9} {
		if want > math.MaxInt/2 { // more than 32 bits count
			continue
		}
		if got, err := ParseBytes("--mem", text); err != nil || int64(got) != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"lots", "-4GiB", "0", "NaN", "9999999TiB", "4Go", "GiB", "4 G B", "4µ"} {
		if _, err := ParseBytes("--mem", text); err == nil || !strings.HasPrefix(err.Error(), "--mem is ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
