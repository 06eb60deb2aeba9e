package zoo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/zoo"
)

// A golden that cannot be evaluated is an error that says why; so is one that is not there.
func TestGoldensExplain(t *testing.T) {
	folder, file := small(t)
	c := shelf(t, folder).Cards["small"]
	golden := filepath.Join(folder, "small.golden.safetensors")
	g, err := checkpoints.Open(golden)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*checkpoints.Tensor{}
	for _, x := range g.Tensors() {
		v, err := x.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		all[x.Name] = checkpoints.FromFloat32(x.Name, x.Shape, v)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	zeros := func(name string, shape ...int) *checkpoints.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return checkpoints.FromFloat32(name, shape, make([]float32, n))
	}
	for _, row := range []struct {
		want, of string
		put      *checkpoints.Tensor
	}{
		{"out", "network", zeros("other", 1)}, {"nothing but zeros", "network", zeros("out", all["out"].Shape...)},
		{"the golden has 3", "network", zeros("out", 3)}, {"want a batch", "network", zeros("x")},
		{"golden: x", "network", zeros("x", 2, 7, 8, 8)}, {"rank 9", "network", zeros("x", 2, 1, 1, 1, 1, 1, 1, 1, 1)},
		{"times for", "network", zeros("t", 5)}, {"no energy", "energy", all["x"]}, {"no energy", "gradient", all["x"]},
		{"no closed form", "score", all["x"]}, {"no closed form", "log_density", all["x"]},
	} {
		f := &checkpoints.File{}
		for _, name := range []string{"x", "t", "out"} {
			x := all[name]
			if row.put.Name == name {
				x = row.put
			}
			if row.put.Name == "other" && name == "out" {
				x = row.put
			}
			if err := f.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		if err := checkpoints.Save(golden, f, checkpoints.SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		c.Golden.Checks[0].Of = row.of
		if _, err := c.Verify(file); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v does not say %q", row.of, err, row.want)
		}
	}
	if err := os.Remove(golden); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Verify(file); err == nil || !strings.Contains(err.Error(), "golden") {
		t.Errorf("without the file: %v", err)
	}
}

// Whatever a card's text is, it is refused or well-formed: names that are no paths and addresses that are https.
func FuzzParseCard(f *testing.F) {
	s, err := zoo.NewShelf()
	if err != nil {
		f.Fatal(err)
	}
	for _, n := range s.Names() {
		text, err := os.ReadFile(filepath.Join("cards", n+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := zoo.ParseCard(text)
		if err != nil {
			return
		}
		names := []string{c.Name}
		for _, file := range c.Files {
			names = append(names, file.Name)
			if a := c.Address(file); a != "" && !strings.HasPrefix(a, "https://") {
				t.Errorf("address %q", a)
			}
		}
		for _, n := range names {
			if n != filepath.Base(n) || n == "." || n == ".." || strings.ContainsAny(n, `/\`) {
				t.Errorf("name %q", n)
			}
		}
	})
}
