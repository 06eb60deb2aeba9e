package gorgonia_test

import (
	"slices"
	"strings"
	"testing"

	gg "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	. "tweedie/autodiff"
	interop "tweedie/interop/gorgonia"
)

// A transpose is read as what it shows.
func TestGradientsOfATranspose(t *testing.T) {
	d := transposed(t, dense(t, S(2, 2), 1, 2, 3, 4))
	value, grads, err := interop.Gradients([]*tensor.Dense{d}, func(x []node) node {
		weights := fixed(x[0], "weights", S(2, 2), []float64{1, 10, 100, 1000})
		return dot(gg.Must(gg.Square(x[0])), weights)
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + 10*9 + 100*4 + 1000*16.; value != want {
		t.Errorf("the value is %v, want %v", value, want)
	}
	if got := grads[0].Float64s(); !slices.Equal(got, []float64{2, 60, 400, 8000}) {
		t.Errorf("the gradient is %v", got)
	}
}

// Reshape shares the memory of its argument, here an input, and what follows writes the squares there.
func TestGradientsCopiesItsInputs(t *testing.T) {
	x := []float64{1, 2, 3, 4}
	square := func(x []node) node { return gg.Must(gg.Sum(gg.Must(gg.Square(gg.Must(gg.Reshape(x[0], []int{4})))))) }
	if _, _, err := interop.Gradients([]*tensor.Dense{dense(t, S(2, 2), x...)}, square); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(x, []float64{1, 2, 3, 4}) {
		t.Errorf("the input became %v", x)
	}
}

func TestGradientsOfNumbers(t *testing.T) {
	value, grads, err := interop.Gradients([]*tensor.Dense{dense(t, S(), 3)}, func(x []node) node { return gg.Must(gg.Square(x[0])) })
	if err != nil {
		t.Fatal(err)
	}
	if got, _, _, err := interop.Host[float64](grads[0]); err != nil || value != 9 || !slices.Equal(got, []float64{6}) {
		t.Errorf("3^2 is %v with the derivative %v, error %v", value, got, err)
	}
}

func TestGradientsErrors(t *testing.T) {
	x := dense(t, S(2, 3), 1, 2, 3, 4, 5, 6)
	single := tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float32))
	for _, c := range []struct {
		want string
		in   *tensor.Dense
		f    func(x []node) node
	}{
		{"Expected Cost to be a scalar", x, func(x []node) node { return gg.Must(gg.Exp(x[0])) }},
		{"Inner dimensions do not match up", x, func(x []node) node { return gg.Must(gg.Mul(x[0], x[0])) }},
		{"input 0: gorgonia: the tensor of shape (2) is of float32, want float64", single, nil},
	} {
		if _, _, err := interop.Gradients([]*tensor.Dense{c.in}, c.f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error is %v, want %q", err, c.want)
		}
	}
}
