package exactfile

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// FuzzDecode: no text makes Decode panic, errors are of one line, and a prior that is read has a density and samples of
// the right size. Images of more than 64 elements are left out, since their matrices take long.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`"kind":"gaussian","mean":[[1,2],[3,4]],"kernel":{"kind":"matern-3/2","variance":1,"length":2,"nugget":0.1}`,
		`"kind":"gaussian","precision":[[2,1,0,0],[1,2,0,0],[0,0,1,0],[0,0,0,1]],"linear":{"kind":"increments","axis":1}`,
		`"kind":"mixture","weights":[1,3],"parts":[{"variance":1},{"mean":2,"factor":[[1],[1],[0],[0]],"variance":1}],"linear":{"kind":"haar"}`,
		`"kind":"box","low":[0,-1,0,0],"high":1`, `"kind":"empirical","points":[[1,2,3,4]],"tau":0.1`,
		`"kind":"separable","density":{"kind":"tabulated","x":[0,2],"log_density":[7,7]},"scale":2,"range":[0,1]`,
		`"kind":"separable","density":{"kind":"student-t","nu":4},"linear":{"kind":"dct"}`,
		`"kind":"separable","density":{"kind":"bernoulli-laplace","p":1e-5},"location":1e18`,
	} {
		f.Add([]byte(`{"shape":[1,2,2],` + s + `}`))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var peek struct{ Shape []int }
		_ = json.Unmarshal(text, &peek)
		n := 1
		for _, d := range peek.Shape {
			if n *= max(1, min(d, 65)); n > 64 {
				t.Skip()
			}
		}
		p, err := Decode(t.Context(), text, t.TempDir())
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("the error has several lines: %q", err)
			}
			return
		}
		if len(p.Mean()) != n || !(p.Range[0] < p.Range[1]) || !(p.PixelStd > 0) || math.IsInf(p.PixelStd, 0) {
			t.Errorf("%d means for %d elements, range %v, deviation %g", len(p.Mean()), n, p.Range, p.PixelStd)
		}
		if v := p.LogDensity(p.Mean(), p.PixelStd); math.IsNaN(v) {
			t.Errorf("the log-density at the mean is %g", v)
		}
	})
}
