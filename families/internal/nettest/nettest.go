// Package nettest holds what the tests of several families share: the parameters of published networks, and distances.
package nettest

import (
	"compress/gzip"
	"encoding/json"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/layers"
	"tweedie/rng"
)

// Manifest is what the original's state dict holds.
type Manifest struct {
	Config  json.RawMessage
	Params  int
	Tensors [][2]json.RawMessage // name, shape
}

// Manifests returns those whose names begin with a prefix.
func Manifests(t *testing.T, prefix string) map[string]Manifest {
	t.Helper()
	f, err := os.Open("../testdata/manifests.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]Manifest
	if err := json.NewDecoder(z).Decode(&m); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(m, func(name string, _ Manifest) bool { return !strings.HasPrefix(name, prefix) })
	return m
}

func Compare(t *testing.T, name string, ps []*autodiff.Param, m Manifest) {
	t.Helper()
	if got := layers.Count(ps); got != m.Params || len(ps) != len(m.Tensors) {
		t.Errorf("%s: %d parameters in %d tensors, want %d in %d", name, got, len(ps), m.Params, len(m.Tensors))
		return
	}
	for i, p := range ps {
		var want string
		var shape []int
		if err := json.Unmarshal(m.Tensors[i][0], &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(m.Tensors[i][1], &shape); err != nil {
			t.Fatal(err)
		}
		if p.Name() != want || !slices.Equal(p.Shape().Dims(nil), shape) {
			t.Errorf("%s: tensor %d is %s %v, want %s %v", name, i, p.Name(), p.Shape(), want, shape)
			return
		}
	}
}

// Apart returns the largest difference over the largest value wanted.
func Apart(got, want []float64) float64 {
	diff, top := 0.0, 0.0
	for i, w := range want {
		diff, top = max(diff, math.Abs(got[i]-w)), max(top, math.Abs(w))
	}
	return diff / top
}

// Repeats returns how many arrays f, evaluated at images of a shape, makes by repeating pixels.
func Repeats(f func(s *autodiff.Scope, x autodiff.Var) autodiff.Var, images autodiff.Shape) (n int) {
	a := autodiff.NewArena()
	a.Trace(func(c *autodiff.Call, _ string) {
		if c.Op().Name == "up_nearest" {
			n++
		}
	})
	s := a.Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	f(s, s.Full(images, 1))
	return n
}

// Normals returns n standard normal numbers, always the same.
func Normals(n int) []float64 {
	v := make([]float64, n)
	rng.New(9).Stream().FillNorm(v)
	return v
}

// Classes returns the number of classes of the network in a file.
func Classes(t testing.TB, f *checkpoints.File) int {
	t.Helper()
	net, err := families.Load(f, families.Source{})
	if err != nil {
		t.Fatal(err)
	}
	return families.Classes(net.Network())
}
