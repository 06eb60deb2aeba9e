package problem

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/inverse"
)

// TestPictures: black is the lower end of the range and white the upper; a mask is 0 where it is black.
func TestPictures(t *testing.T) {
	dir := t.TempDir()
	data, mask := image.NewGray(image.Rect(0, 0, 16, 1)), image.NewGray(image.Rect(0, 0, 16, 1))
	for i := range 16 {
		data.SetGray(i, 0, color.Gray{Y: uint8(17 * i)})
		mask.SetGray(i, 0, color.Gray{Y: uint8(255 * min(i, 1))})
	}
	for name, img := range map[string]image.Image{"y.png": data, "mask.png": mask} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	p := open(t, dir, ring(`"y.png"`, `,"mask":"mask.png","range":[-2,3]`))
	if len(p.Likelihood.Y) != 15 {
		t.Fatalf("%d entries are left of 16 of which one is masked", len(p.Likelihood.Y))
	}
	for i, v := range p.Likelihood.Y {
		if want := -2 + 5*float64(i+1)/15; !(math.Abs(v-want) < 1e-6) {
			t.Errorf("entry %d is %g, want %g", i+1, v, want)
		}
	}
}

// TestRegisterFormat: a format that a program adds serves for data, masks and images.
func TestRegisterFormat(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "y.count", "16")
	RegisterFormat(Format{Name: "count", Match: func(path string, head []byte) bool { return strings.HasSuffix(path, ".count") && string(head) == "16" },
		Read: func(_ context.Context, _, member string, _ Use) (Values, error) {
			v := Values{Shape: []int{16}, Data: make([]float64, 16)}
			for i := range v.Data {
				v.Data[i] = float64(i)
			}
			return v, nil
		}})
	p := open(t, dir, ring(`"y.count"`, `,"mask":{"file":"y.count"}`))
	if y := p.Likelihood.Y; len(y) != 15 || y[0] != 1 || y[14] != 15 {
		t.Errorf("data %v", y)
	}
}

// square is an operator that no Linear describes: y_i = x_i^2.
type square struct{ in autodiff.Shape }

func (s square) Name() string             { return "square" }
func (s square) InShape() autodiff.Shape  { return s.in }
func (s square) OutShape() autodiff.Shape { return s.in }
func (s square) Apply(dst, x []float64) {
	for i, v := range x {
		dst[i] = v * v
	}
}
func (s square) VJP(dst, x, ct []float64) {
	for i, v := range x {
		dst[i] = 2 * v * ct[i]
	}
}

type squareConfig struct{}

func (squareConfig) Kind() string                                      { return "square" }
func (squareConfig) Validate(autodiff.Shape) error                     { return nil }
func (squareConfig) Build(in autodiff.Shape) (inverse.Operator, error) { return square{in}, nil }

// guess is a method that answers with one number.
type guess struct {
	Value float64 `json:"value"`
}

func (guess) Name() string    { return "guess" }
func (guess) Validate() error { return nil }
func (g guess) Solve(_ context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	return &infer.Result{Method: "guess", Seed: run.Seed, Mean: []float64{g.Value}}, nil
}

// TestOwnKinds: a user's own operator and method work in a file, with entries missing too.
func TestOwnKinds(t *testing.T) {
	inverse.Register(squareConfig{})
	infer.Register(infer.Kind{Name: "guess", Title: "Guess", Text: "It guesses.", New: func(*infer.Problem, infer.Effort) infer.Method { return guess{1} }})
	text := strings.Replace(ring("[4,null,9,1,1,1,1,1,1,1,1,1,1,1,1,1]", `,"method":{"kind":"guess","value":7}`), `"identity"`, `"square"`, 1)
	p := open(t, t.TempDir(), text)
	res, err := p.Method.Solve(t.Context(), p.Problem, p.Run())
	if err != nil || res.Mean[0] != 7 {
		t.Fatalf("%v, %v", res, err)
	}
	x, grad := make([]float64, 16), make([]float64, 16)
	for i := range x {
		x[i] = 1
	}
	p.Likelihood.Grad(grad, x)
	for i, want := range []float64{2 * (1 - 4) / .04, 0, 2 * (1 - 9) / .04, 0} {
		if !(math.Abs(grad[i]-want) < 1e-9) {
			t.Errorf("the gradient of pixel %d is %g, want %g", i, grad[i], want)
		}
	}
	if f, err := p.Effective(); err != nil || string(f.Method) != `{"kind":"guess","value":7}` || string(f.Operator) != `{"kind":"square"}` {
		t.Errorf("%s, %s, %v", f.Method, f.Operator, err)
	}
}

// TestComplexSolve solves with the spectrum that numpy gives of an image, and explains it.
func TestComplexSolve(t *testing.T) {
	dir := t.TempDir()
	all, err := FromFile("../internal/demo/assets/digits8-held-out.npy").Read(t.Context(), Use{})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 64)
	for i := range x {
		x[i] = all.Data[i] / 16
	}
	file := filepath.ToSlash(complexNPY(t, "y.npy", []int{8, 8}, 16, fft2(x, 8, 8, true)))
	p := open(t, dir, `{"prior":"digits8","operator":{"kind":"dft","low":{"rows":8,"cols":8}},"noise":{"kind":"gaussian","sigma":0.05},"data":"`+file+`",
		"method":{"kind":"red-diff","steps":300},"samples":1}`)
	res, err := p.Method.Solve(t.Context(), p.Problem, p.Run())
	if err != nil {
		t.Fatal(err)
	}
	if chi := p.Likelihood.ChiSquared(res.Mean); !(chi < 2) {
		t.Errorf("chi^2 per value is %g", chi)
	}
	// A mask of the complex numbers' shape leaves out real and imaginary parts together.
	q := open(t, dir, `{"prior":"digits8","operator":{"kind":"dft","keep":[0,1,2]},"noise":{"kind":"gaussian","sigma":0.05},"data":{"real":[1,2,3],"imag":[4,5,6]},"mask":[1,0,1]}`)
	if y := q.Likelihood.Y; len(y) != 4 || y[0] != 1 || y[1] != 3 || y[2] != 4 || y[3] != 6 {
		t.Errorf("masked complex data are %v", y)
	}
}
