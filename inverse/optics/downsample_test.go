package optics_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/optics"
)

// TestDownsampleAgainstDeepinv compares with outputs of deepinv 0.5.0, which tools/fixtures/downsample.py writes. Its
// kernels are float32, so that 1e-6 is asked for.
func TestDownsampleAgainstDeepinv(t *testing.T) {
	text, err := os.ReadFile("testdata/downsample.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Image struct {
			Shape []int
			Data  []float64
		}
		Cases []struct {
			Filter, Padding string
			Factor          int
			Shape           []int
			Y               []float64
		}
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Cases) < 8 {
		t.Fatalf("%d cases, %v", len(file.Cases), err)
	}
	for _, c := range file.Cases {
		boundary := c.Padding
		if boundary == "constant" {
			boundary = "zero"
		}
		op := optest.Build(t, autodiff.S(file.Image.Shape...), fmt.Sprintf(`{"kind":"downsample","filter":%q,"boundary":%q,"rows":%d,"cols":%d,"offset":0.5}`,
			c.Filter, boundary, c.Factor, c.Factor))
		if op.OutShape() != autodiff.S(c.Shape...) {
			t.Errorf("the measurement is %v, not %v", op.OutShape(), c.Shape)
		}
		testkit.Near(t, c.Filter+" "+c.Padding, optest.Apply(op, file.Image.Data), c.Y, 1e-6)
	}
}

// TestDownsampleIsItsSum compares with the sum over all places of the plane that defines it, on the middle of blocks and
// off it.
func TestDownsampleIsItsSum(t *testing.T) {
	kernels := map[string]func(x float64) float64{
		"box":      func(x float64) float64 { return (sign(x+.5) - sign(x-.5)) / 2 },
		"bilinear": func(x float64) float64 { return max(0, 1-math.Abs(x)) },
		"bicubic": func(x float64) float64 {
			x = math.Abs(x)
			switch {
			case x <= 1:
				return 1.5*x*x*x - 2.5*x*x + 1
			case x < 2:
				return -.5*x*x*x + 2.5*x*x - 4*x + 2
			}
			return 0
		},
		"lanczos3": func(x float64) float64 {
			p := math.Pi * x
			switch {
			case x == 0:
				return 1
			case math.Abs(x) < 3:
				return 3 * math.Sin(p) * math.Sin(p/3) / (p * p)
			}
			return 0
		},
	}
	const h, w, r, s = 6, 8, 3, 2
	x := optest.Normals(h*w, 3)
	for filter, kernel := range kernels {
		for _, boundary := range []string{"circular", "zero", "reflect", "replicate"} {
			for _, offset := range []*float64{nil, new(float64)} {
				a, b := 1., .5
				if offset != nil {
					a, b = 0, 0
				}
				op, err := optics.DownsampleConfig{Rows: r, Cols: s, Filter: filter, Boundary: boundary, Offset: offset}.Build(autodiff.S(1, h, w))
				if err != nil {
					t.Fatal(err)
				}
				var want []float64
				for o := range h / r * (w / s) {
					i, j := o/(w/s), o%(w/s)
					sum, norm := 0., 0.
					for u := -30; u < 40; u++ {
						for v := -30; v < 40; v++ {
							k := kernel((float64(u-r*i)-a)/r) * kernel((float64(v-s*j)-b)/s)
							norm += k
							p, inRows := outside(boundary, u, h)
							q, inCols := outside(boundary, v, w)
							if inRows && inCols {
								sum += k * x[p*w+q]
							}
						}
					}
					want = append(want, sum/norm)
				}
				testkit.Near(t, filter+" "+boundary, optest.Apply(op, x), want, 1e-12)
			}
		}
	}
}

func sign(x float64) float64 {
	if x == 0 {
		return 0
	}
	return math.Copysign(1, x)
}

// TestDownsampleBox: the box on the middle of blocks is the average of blocks.
func TestDownsampleBox(t *testing.T) {
	in, x := autodiff.S(2, 6, 8), optest.Normals(96, 2)
	for _, c := range [][2]int{{3, 2}, {2, 4}, {1, 8}} {
		box := optest.Build(t, in, fmt.Sprintf(`{"kind":"downsample","filter":"box","rows":%d,"cols":%d}`, c[0], c[1]))
		average := optest.Build(t, in, fmt.Sprintf(`{"kind":"block-average","rows":%d,"cols":%d}`, c[0], c[1]))
		testkit.Near(t, "box", optest.Apply(box, x), optest.Apply(average, x), 1e-14)
		y := optest.Normals(box.OutShape().Size(), 3)
		testkit.Near(t, "A+ of a box", optest.PseudoInverse(box, y), optest.PseudoInverse(average, y), 1e-12)
	}
}

// TestProductsOfSingularValues: they are the singular values of the whole matrix, for sampling and for separable blurs, which
// a kernel that is a product is, and no other.
func TestProductsOfSingularValues(t *testing.T) {
	for _, text := range []string{
		`{"kind":"downsample","rows":3,"cols":2,"boundary":"replicate"}`,
		`{"kind":"blur","boundary":"valid","gaussian":{"size":3,"std":0.7}}`,
		`{"kind":"blur","boundary":"reflect","uniform":{"rows":2,"cols":3}}`,
		`{"kind":"blur","boundary":"zero","centre":[0,1],"psf":[[0,0,0],[1,-2,0.5],[-3,6,-1.5]]}`,
	} {
		op := optest.Build(t, autodiff.S(2, 6, 8), text)
		dense, err := inverse.DenseSVD(op)
		if err != nil {
			t.Fatal(err)
		}
		got, want := slices.Clone(op.(inverse.SVD).Singular()), dense.Singular()
		slices.Sort(got)
		slices.Reverse(got)
		testkit.Near(t, text, got, want, 1e-13*want[0])
	}
	for psf, want := range map[string]bool{"[[1,2],[2,4]]": true, "[[1,2],[2,4.000001]]": false, "[[1,0],[0,1]]": false, "[[0,0],[0,3]]": true} {
		if _, ok := optest.Build(t, autodiff.S(1, 3, 3), `{"kind":"blur","boundary":"zero","psf":`+psf+`}`).(*optics.BlurSeparable); ok != want {
			t.Errorf("the kernel %s is separable: %v", psf, ok)
		}
	}
}
