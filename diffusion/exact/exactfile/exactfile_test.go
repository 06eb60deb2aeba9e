package exactfile

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/diffusion/exact"
	"tweedie/internal/npy"
	"tweedie/rng"
)

// write puts a file into dir.
func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// floats is an npy of float64.
func floats(shape []int, data ...float64) []byte {
	b := npy.AppendHeader(nil, 'f', 8, shape)
	for _, v := range data {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// folder has the arrays that the tables name.
func folder(t *testing.T) string {
	dir := t.TempDir()
	write(t, dir, "cov.npy", floats([]int{4, 4}, 2, .5, 0, 0, .5, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3))
	write(t, dir, "q.npy", floats([]int{4, 4}, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 1, 0, 0, 0))
	write(t, dir, "points.npy", floats([]int{2, 1, 2, 2}, 0, 1, 2, 3, 1, 1, 1, 1))
	write(t, dir, "nan.npy", floats([]int{4}, 0, math.NaN(), 0, 0))
	write(t, dir, "huge.npy", npy.AppendHeader(nil, 'f', 8, []int{1000000000}))
	write(t, dir, "short.npy", npy.AppendHeader(nil, 'f', 8, []int{2, 2}))
	write(t, dir, "asym.npy", floats([]int{4, 4}, 1, .5, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1))
	return dir
}

// TestKinds reads each kind, and compares mean and variance of two elements, range and deviation.
func TestKinds(t *testing.T) {
	dir := folder(t)
	inf := math.Inf(1)
	for name, c := range map[string]struct {
		text                     string
		mean0, var0, cov01, var3 float64
		lo, hi                   float64
	}{
		"covariance":        {`"kind":"gaussian","covariance":"cov.npy","mean":[[1,2],[3,4]]`, 1, 2, .5, 3, inf, 0},
		"precision":         {`"kind":"gaussian","precision":"cov.npy"`, 0, 1 / 1.75, -.5 / 1.75, 1 / 3., inf, 0},
		"variance":          {`"kind":"gaussian","variance":[1,2,3,4],"range":[-1,1]`, 0, 1, 0, 4, -1, 1},
		"factor":            {`"kind":"gaussian","variance":0.5,"factor":[[1],[2],[0],[1]]`, 0, 1.5, 2, 1.5, inf, 0},
		"kernel":            {`"kind":"gaussian","mean":0.5,"kernel":{"kind":"exponential","variance":0.25,"length":0.5,"nugget":0.0025}`, .5, .2525, .25 * math.Exp(-2), .2525, inf, 0},
		"mixture":           {`"kind":"mixture","weights":[1,3],"parts":[{"variance":1},{"mean":2,"factor":[[1],[1],[0],[0]],"variance":1}]`, 1.5, 1 + .75 + .75, .75 + .75, 1 + .75, inf, 0},
		"isotropic":         {`"kind":"mixture","means":"points.npy","variance":[1,2]`, .5, 1.5 + .25, 0, 1.5 + 1, inf, 0},
		"box":               {`"kind":"box","low":[0,-1,0,0],"high":1`, .5, 1. / 12, 0, 1. / 12, -1, 1},
		"laplace":           {`"kind":"separable","density":{"kind":"laplace"},"scale":3`, 0, 18, 0, 18, inf, 0},
		"student":           {`"kind":"separable","density":{"kind":"student-t","nu":4},"location":[0,0,0,1]`, 0, 2, 0, 2, inf, 0},
		"cauchy":            {`"kind":"separable","density":{"kind":"student-t","nu":1},"range":[-2,2]`, 0, inf, 0, inf, -2, 2},
		"spike":             {`"kind":"separable","density":{"kind":"bernoulli-laplace","p":0.25}`, 0, .5, 0, .5, inf, 0},
		"uniform":           {`"kind":"separable","density":{"kind":"uniform"}`, .5, 1. / 12, 0, 1. / 12, inf, 0},
		"table":             {`"kind":"separable","density":{"kind":"tabulated","x":[0,2],"density":[7,7]}`, 1, 1. / 3, 0, 1. / 3, inf, 0},
		"log table":         {`"kind":"separable","density":{"kind":"tabulated","x":[-1,0,1],"log_density":[0,0,0]}`, 0, 1. / 3, 0, 1. / 3, inf, 0},
		"empirical":         {`"kind":"empirical","points":"points.npy","weights":[1,1],"tau":2`, .5, 4.25, 0, 5, inf, 0},
		"walk":              {`"kind":"gaussian","variance":1,"linear":{"kind":"increments"}`, 0, 1, 1, 2, inf, 0},
		"walk down":         {`"kind":"gaussian","variance":1,"linear":{"kind":"increments","axis":1}`, 0, 1, 0, 2, inf, 0},
		"mixture of walks":  {`"kind":"mixture","parts":[{"variance":1},{"variance":3}],"linear":{"kind":"increments"}`, 0, 2, 2, 4, inf, 0},
		"haar":              {`"kind":"separable","density":{"kind":"laplace"},"scale":[[1,0.1],[0.1,0.1]],"linear":{"kind":"haar"}`, 0, 2 * (1 + .03) / 4, 2 * (1 - .01) / 4, 2 * (1 + .03) / 4, inf, 0},
		"dct":               {`"kind":"gaussian","variance":2,"linear":{"kind":"dct"}`, 0, 2, 0, 2, inf, 0},
		"orthonormal":       {`"kind":"separable","density":{"kind":"laplace"},"scale":[1,2,3,4],"linear":{"kind":"matrix","matrix":"q.npy"}`, 0, 8, 0, 2, inf, 0},
		"any linear matrix": {`"kind":"gaussian","variance":1,"linear":{"kind":"matrix","matrix":"cov.npy"}`, 0, 4.25, 1.5, 9, inf, 0},
	} {
		p, err := Decode(t.Context(), []byte(`{"shape":[1,2,2],`+c.text+`}`), dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		cov := p.Cov()
		for what, v := range map[string][2]float64{"mean": {p.Mean()[0], c.mean0}, "variance": {cov.At(0, 0), c.var0}, "covariance": {cov.At(0, 1), c.cov01}, "last variance": {cov.At(3, 3), c.var3}} {
			if !(math.Abs(v[0]-v[1]) < 1e-12) && v[0] != v[1] {
				t.Errorf("%s: %s is %g, want %g", name, what, v[0], v[1])
			}
		}
		var mean, square float64
		for i, m := range p.Mean() {
			mean += m / 4
			square += (m*m + cov.At(i, i)) / 4
		}
		std := math.Sqrt(square - mean*mean)
		if c.lo == inf {
			c.lo, c.hi = mean-2*std, mean+2*std
		}
		if math.IsInf(std, 0) {
			std = (c.hi - c.lo) / 4
		}
		if d := math.Abs(p.PixelStd-std) + math.Abs(p.PixelMean-mean) + math.Abs(p.Range[0]-c.lo) + math.Abs(p.Range[1]-c.hi); !(d < 1e-12) {
			t.Errorf("%s: mean %g, deviation %g, range %v; want %g, %g, [%g %g]", name, p.PixelMean, p.PixelStd, p.Range, mean, std, c.lo, c.hi)
		}
	}
}

// TestHostile checks that what cannot be meant is refused by one line that names kind and field.
func TestHostile(t *testing.T) {
	dir := folder(t)
	for text, want := range map[string]string{
		``:                    "the JSON text is empty",
		`{"shape":[1,2,2]}`:   "prior: kind is missing",
		`{"kind":"gausian"}`:  `did you mean gaussian?`,
		`{"kind":"gaussian"}`: "gaussian: shape is []; it must be [C,H,W]",
		`{"kind":"gaussian","shape":[1,2,2],"varianse":1}`:                                                         "gaussian: varianse is unknown; did you mean variance?",
		`{"kind":"gaussian","shape":[1,0,2],"variance":1}`:                                                         "gaussian: shape is [1 0 2]; every extent must be positive",
		`{"kind":"gaussian","shape":[1000000000,1000000000,2],"variance":1}`:                                       "gaussian: shape is [1000000000 1000000000 2]",
		`{"kind":"gaussian","shape":[1,2,2]}`:                                                                      "gaussian: it must have one of variance, covariance, precision and kernel, and has 0",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"covariance":"cov.npy"}`:                                  "and has 2",
		`{"kind":"gaussian","shape":[1,2,2],"variance":-1}`:                                                        "gaussian: variance: entry 0 is -1",
		`{"kind":"gaussian","shape":[1,2,2],"variance":[1,2,3]}`:                                                   "gaussian: variance: holds an array of shape [3]; it must be [1 2 2] like an image, a list of 4",
		`{"kind":"gaussian","shape":[1,2,2],"variance":[1,null,3,4]}`:                                              "gaussian: variance: holds NaN as entry 1",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1e300}`:                                                     "gaussian: variance: holds 1e+300",
		`{"kind":"gaussian","shape":[1,2,2],"variance":{"real":[1],"imag":[1]}}`:                                   "gaussian: variance: holds complex numbers",
		`{"kind":"gaussian","shape":[1,2,2],"variance":"none.npy"}`:                                                "gaussian: variance: ",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"mean":"nan.npy"}`:                                        "gaussian: mean: holds NaN as entry 1",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"mean":"huge.npy"}`:                                       "gaussian: mean: ",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"mean":"short.npy"}`:                                      "gaussian: mean: ",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"mean":"cov.npy"}`:                                        "at most 4 numbers are of use here",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"range":[1,0]}`:                                           "gaussian: range is [1 0]; it must ascend",
		`{"kind":"gaussian","shape":[1,2,2],"variance":0}`:                                                         "gaussian: range is missing; the mean is 0 and the standard deviation 0",
		`{"kind":"gaussian","shape":[1,2,2],"covariance":"asym.npy"}`:                                              "gaussian: covariance: holds 0 at [1,0] and 0.5 at [0,1]; it must be symmetric",
		`{"kind":"gaussian","shape":[1,1,2],"covariance":[[1,2],[2,1]]}`:                                           "gaussian: covariance: eigenvalue -1 is negative; it must be positive semi-definite",
		`{"kind":"gaussian","shape":[1,1,2],"precision":[[1,1],[1,1]]}`:                                            "gaussian: precision: an eigenvalue is",
		`{"kind":"gaussian","shape":[1,1,2],"precision":[[1,2],[2,1]]}`:                                            "gaussian: precision: eigenvalue -1 is negative; it must be positive definite",
		`{"kind":"gaussian","shape":[1,100,100],"covariance":"cov.npy"}`:                                           "gaussian: covariance: would be 10000 x 10000",
		`{"kind":"gaussian","shape":[1,100,100],"kernel":{"kind":"exponential","variance":1,"length":2}}`:          "gaussian: kernel.shape: has 10000 elements",
		`{"kind":"gaussian","shape":[1,2,2],"kernel":{"kind":"gauss","variance":1,"length":2}}`:                    `gaussian: kernel.kind is "gauss"`,
		`{"kind":"gaussian","shape":[1,2,2],"kernel":{"kind":"exponential","variance":1,"length":-2}}`:             "gaussian: kernel.length is -2",
		`{"kind":"gaussian","shape":[1,2,2],"covariance":"cov.npy","factor":[[1],[1],[1],[1]]}`:                    "gaussian: factor: needs variance",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"factor":[[1],[1]]}`:                                      "gaussian: factor: holds an array of shape [2 1]; for images of [1 2 2] it must be [4,R]",
		`{"kind":"mixture","shape":[1,2,2]}`:                                                                       "mixture: parts: must be given",
		`{"kind":"mixture","shape":[1,2,2],"parts":[{"variance":1},{"variance":-1}]}`:                              "mixture: parts[1].variance: entry 0 is -1",
		`{"kind":"mixture","shape":[1,2,2],"parts":[{"variance":1}],"weights":[1,2]}`:                              "mixture: weights: ",
		`{"kind":"mixture","shape":[1,2,2],"parts":[{"variance":1}],"weights":[-1]}`:                               "mixture: weights: weight 0 is -1",
		`{"kind":"mixture","shape":[1,2,2],"means":"points.npy","variance":[1,-2]}`:                                "mixture: variance: holds -2 as entry 1",
		`{"kind":"mixture","shape":[1,2,2],"means":[[1,2]],"variance":1}`:                                          "mixture: means: holds an array of shape [1 2]; it must be [N,4]",
		`{"kind":"box","shape":[1,2,2],"low":0}`:                                                                   "box: low: and high must be given",
		`{"kind":"box","shape":[1,2,2],"low":0,"high":[1,1,0,1]}`:                                                  "box: high is 0 for element 2, and the lower bound there is 0",
		`{"kind":"separable","shape":[1,2,2]}`:                                                                     "separable: density is missing",
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"cauchy"}}`:                                         `separable: density.kind is "cauchy", which is none of bernoulli-laplace, laplace`,
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"student-t","nu":0}}`:                               "separable: density.nu is 0",
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"student-t","nu":2}}`:                               "separable: range is missing; the mean is 0 and the standard deviation +Inf",
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"bernoulli-laplace","p":2}}`:                        "separable: density.p is 2",
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"laplace"},"scale":0}`:                              "separable: scale[0] is 0",
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"tabulated","x":[0,1]}}`:                            "separable: density.log_density: must be given",
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"tabulated","x":[0,0],"density":[1,1]}}`:            "separable: density.x: holds 0 before 0",
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"tabulated","x":[0,1],"density":[1,0]}}`:            "separable: density.density: holds 0 as entry 1; it must be positive",
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"tabulated","x":[0,1],"log_density":[1]}}`:          "separable: density.log_density: holds 1 values",
		`{"kind":"separable","shape":[1,2,2],"density":{"kind":"laplace"},"linear":{"kind":"increments"}}`:         "separable: linear.kind is of a change of variables that is not orthonormal",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"linear":{"kind":"increments","axis":3}}`:                 "gaussian: linear.axis is 3",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"linear":{"kind":"wavelet"}}`:                             `gaussian: linear.kind is "wavelet"`,
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"linear":{"kind":"matrix"}}`:                              "gaussian: linear.matrix is missing",
		`{"kind":"gaussian","shape":[1,3,2],"variance":1,"linear":{"kind":"haar"}}`:                                "gaussian: linear.shape is [1 3 2]; the extents of an image must be powers of 2",
		`{"kind":"gaussian","shape":[1,100,100],"variance":1,"linear":{"kind":"increments"}}`:                      "gaussian: linear.shape: has 10000 elements",
		`{"kind":"empirical","shape":[1,2,2]}`:                                                                     "empirical: points is missing",
		`{"kind":"empirical","shape":[1,2,2],"points":"cov.npy","tau":-1}`:                                         "empirical: tau is -1",
		`{"kind":"empirical","shape":[1,2,2],"points":"points.npy:x"}`:                                             "empirical: points: ",
		`{"kind":"empirical","shape":[1,2,3],"points":"points.npy"}`:                                               "empirical: points: holds an array of shape [2 1 2 2]; it must be [N,6]",
		`{"kind":"empirical","shape":[1,2,2],"points":"points.npy","weights":[0,0]}`:                               "empirical: weights: all are zero",
		`{"kind":"gaussian","shape":[1,2,2],"variance":1,"shape":[1,2,2]}`:                                         "shape is given twice",
		`{"kind":"separable","shape":[1,1,1],"density":{"kind":"tabulated","x":[0,1e-18],"log_density":[0,1e18]}}`: "too steep",
	} {
		p, err := Decode(t.Context(), []byte(text), dir)
		switch {
		case err == nil:
			t.Errorf("%s was taken: %v", text, p.Shape)
		case !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\r"):
			t.Errorf("%s\n is refused with %q\n want            %q", text, err, want)
		}
	}
}

// TestFile checks the file's own part: the byte-order mark, paths relative to it, its name in errors, and the digest.
func TestFile(t *testing.T) {
	dir := folder(t)
	write(t, dir, "p.json", []byte("\ufeff{\"kind\":\"gaussian\",\"shape\":[1,2,2],\"covariance\":\"cov.npy\"}"))
	write(t, dir, "bad.json", []byte(`{"kind":"gaussian","shape":[1,2,2],"covariance":"asym.npy"}`))
	p, err := Open(t.Context(), filepath.Join(dir, "p.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := p.Distribution.(*exact.Gaussian); !ok || !slices.Equal(p.Shape, []int{1, 2, 2}) {
		t.Errorf("%T, shape %v", p.Distribution, p.Shape)
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "bad.json")); err == nil || !strings.Contains(err.Error(), "bad.json: gaussian: covariance") {
		t.Errorf("the error is %v", err)
	}
	write(t, dir, "cov.npy", floats([]int{4, 4}, 2, .5, 0, 0, .5, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 4))
	q, err := Open(t.Context(), filepath.Join(dir, "p.json"))
	if err != nil || q.Digest == p.Digest {
		t.Errorf("another covariance has the same digest: %v", err)
	}
	for head, want := range map[string]bool{"\ufeff { \"kind": true, "{}": true, "{": false, "{\x00\x00\x00\x00\x00\x00\x00{\"": false, "PK": false, "": false} {
		if Is([]byte(head)) != want {
			t.Errorf("%q is taken for JSON: %v", head, !want)
		}
	}
}

// TestDocument opens every file of docs/exact-priors.md, and draws from its prior.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../../docs/exact-priors.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t)
	write(t, dir, "covariance.npy", floats([]int{4, 4}, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1))
	blocks := strings.Split(string(text), "```json\n")[1:]
	if len(blocks) < 11 {
		t.Errorf("the document has %d files", len(blocks))
	}
	seen := map[string]bool{}
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		p, err := Decode(t.Context(), []byte(b), dir)
		if err != nil {
			t.Errorf("%s: %v", b, err)
			continue
		}
		x := make([]float64, p.Dim())
		p.Sample(x, rng.New(1).Stream())
		if l := p.LogDensity(x, .1); math.IsNaN(l) || math.IsInf(l, 0) {
			t.Errorf("%s: log-density %g", b, l)
		}
		kind, _, _ := strings.Cut(strings.TrimPrefix(b, `{"kind": "`), `"`)
		seen[kind] = true
	}
	for _, k := range Kinds() {
		if !seen[k] && k != "point" {
			t.Errorf("the document has no file of kind %s", k)
		}
	}
}

// point is a user's own kind, all of whose mass is near one value.
type point struct {
	Image
	At float64 `json:"at"`
}

func (point) Kind() string { return "point" }
func (c point) Build(b *Builder) (exact.Distribution, error) {
	v, err := b.Vector("at", nil, c.At)
	if err != nil {
		return nil, err
	}
	return exact.NewEmpirical([][]float64{v}, nil, .1)
}

// TestRegister checks that a kind of one's own is read, with its defaults.
func TestRegister(t *testing.T) {
	if err := Register(point{At: 7}); err != nil {
		t.Fatal(err)
	}
	if Register(point{}) == nil || !slices.Contains(Kinds(), "point") {
		t.Error("the kind can be taken twice, or is not listed")
	}
	p, err := Decode(t.Context(), []byte(`{"kind":"point","shape":[1,2]}`), "")
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 2)
	p.Sample(x, rng.New(1).Stream())
	if p.PixelMean != 7 || !(math.Abs(x[1]-7) < 1) || !(math.Abs(p.PixelStd-.1) < 1e-12) {
		t.Errorf("mean %g, deviation %g, sample %v", p.PixelMean, p.PixelStd, x)
	}
}
