package adm_test

import (
	"math"
	"runtime"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/families/internal/nettest"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/rng"
)

// evaluate is f on two random images of n's network, in mode, and the error of its panic.
func evaluate(in autodiff.Shape, mode autodiff.Mode, f func(s *scope, x vr) vr) (y []float64, peak int, err error) {
	defer autodiff.Catch(&err)
	arena := autodiff.NewArena()
	s := arena.Scope(mode, autodiff.F32)
	defer s.Close()
	v := f(s, s.Watch(s.Const64(in, testkit.Normals(in.Size(), "x"))))
	y = make([]float64, v.Size())
	v.CopyTo64(y)
	return y, arena.Live(), nil
}

func equal(a, b []float64) bool {
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestForwardErrors(t *testing.T) {
	plain := build(t, tiny(nil))
	classes := build(t, tiny(func(c *adm.Config) { c.NumClasses = 3 }))
	one := []float64{1}
	for _, r := range []struct {
		want string
		f    func(s *scope, x vr) vr
	}{
		{"2 labels for 1 samples", func(s *scope, x vr) vr { return plain.Forward(s, x, testLabels) }},
		{"the nearest size is [4,4]", func(s *scope, x vr) vr { return plain.Forward(s, s.Slice(x, 2, 0, 3), one) }},
		{"classes were given to a network that has none", func(s *scope, x vr) vr { return plain.ForwardClass(s, x, one, []int{0}) }},
		{"the network has 3 classes: call ForwardClass", func(s *scope, x vr) vr { return classes.Forward(s, x, one) }},
		{"2 classes for 1 samples", func(s *scope, x vr) vr { return classes.ForwardClass(s, x, one, []int{0, 1}) }},
		{"index 0 is 3: want 0 to 2", func(s *scope, x vr) vr { return classes.ForwardClass(s, x, one, []int{3}) }},
	} {
		if _, _, err := evaluate(sh(1, 1, 4, 4), autodiff.Eval, r.f); err == nil || !strings.Contains(err.Error(), r.want) || !strings.Contains(err.Error(), "net") {
			t.Errorf("%v: want %q and the module", err, r.want)
		}
	}
	if _, err := classes.AsClass(3); err == nil {
		t.Error("class 3 of 3 is accepted")
	}
}

func TestClasses(t *testing.T) {
	n := build(t, tiny(func(c *adm.Config) { c.NumClasses = 3 }))
	in := sh(2, 1, 4, 4)
	each := func(class ...int) []float64 {
		y, _, err := evaluate(in, autodiff.Eval, func(s *scope, x vr) vr { return n.ForwardClass(s, x, testLabels, class) })
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	k, err := n.AsClass(2)
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := evaluate(in, autodiff.Eval, func(s *scope, x vr) vr { return k.Forward(s, x, testLabels) })
	if err != nil {
		t.Fatal(err)
	}
	if !equal(all, each(2, 2)) || equal(all, each(1, 1)) {
		t.Error("AsClass(2) is not ForwardClass with class 2 in every sample")
	}
	if half := len(all) / 2; !equal(all[:half], each(2, 0)[:half]) || equal(all[half:], each(2, 0)[half:]) {
		t.Error("a sample does not depend on its own class alone")
	}
}

// TestRecomputing: use_checkpoint changes no bit of outputs, gradients only by the order of sums, and keeps less.
func TestRecomputing(t *testing.T) {
	in := sh(2, 1, 16, 16)
	run := func(again bool) ([]float64, []float64, int) {
		n := build(t, tiny(func(c *adm.Config) { c.UseCheckpoint, c.Dropout = again, 0.1 }))
		var grad []float64
		y, kept, err := evaluate(in, autodiff.Record, func(s *scope, x vr) vr {
			y := n.ForwardTrain(s, x, testLabels, nil, rng.New(1))
			plain := s.ChildMode(autodiff.Eval)
			g := plain.Grad1(s.Dot(y, y), x)
			grad = make([]float64, g.Size())
			g.CopyTo64(grad)
			plain.Close()
			return y
		})
		if err != nil {
			t.Fatal(err)
		}
		return y, grad, kept
	}
	y, g, kept := run(false)
	y2, g2, less := run(true)
	if !equal(y, y2) || !(nettest.Apart(g2, g) < 1e-5) {
		t.Errorf("recomputing changes the output, or its gradient by %g", nettest.Apart(g2, g))
	}
	if !(less < kept*2/3) {
		t.Errorf("the tape keeps %d bytes with recomputing and %d without", less, kept)
	}
}

// TestDropout: none in Forward, and masks that depend on the key and on the sample.
func TestDropout(t *testing.T) {
	n := build(t, tiny(func(c *adm.Config) { c.Dropout = 0.5 }))
	bare := build(t, tiny(nil))
	in := sh(2, 1, 4, 4)
	run := func(f func(s *scope, x vr) vr) []float64 {
		y, _, err := evaluate(in, autodiff.Eval, f)
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	train := func(n *adm.Network, seed uint64) []float64 {
		return run(func(s *scope, x vr) vr { return n.ForwardTrain(s, x, testLabels, nil, rng.New(seed)) })
	}
	plain := run(func(s *scope, x vr) vr { return bare.Forward(s, x, testLabels) })
	if !equal(plain, run(func(s *scope, x vr) vr { return n.Forward(s, x, testLabels) })) {
		t.Error("dropout changes an evaluation")
	}
	if !equal(plain, train(bare, 1)) {
		t.Error("training without dropout differs from an evaluation")
	}
	a := train(n, 1)
	if !equal(a, train(n, 1)) || equal(a, train(n, 2)) || equal(a, plain) {
		t.Error("the masks are not a function of the key")
	}
}

// TestDropoutSites: every residual block has masks of its own, in a first and in a recomputed pass.
func TestDropoutSites(t *testing.T) {
	n := build(t, tiny(func(c *adm.Config) { c.Dropout, c.UseCheckpoint = 0.5, true }))
	arena := autodiff.NewArena()
	count := map[int]int{}
	arena.Trace(func(c *autodiff.Call, _ string) {
		if c.Op().Name == "dropout" {
			count[c.Attr.I[0]]++
		}
	})
	s := arena.Scope(autodiff.Record, autodiff.F32)
	defer s.Close()
	x := s.Watch(s.Ones(sh(2, 1, 4, 4)))
	y := n.ForwardTrain(s, x, testLabels, nil, rng.New(1))
	plain := s.ChildMode(autodiff.Eval)
	plain.Grad1(s.SumAll(y), x)
	if len(count) != 8 { // 2 going down, 2 in the middle, 4 going up
		t.Errorf("%d sites, want 8", len(count))
	}
	for site, k := range count {
		if k != 3 { // the pass, its repetition, the gradient
			t.Errorf("site %d occurs %d times, want 3", site, k)
		}
	}
}

// TestNewIsReproducible: parameters are a function of seed and path, a new network is the zero function, and its
// class embedding and stem are not zero.
func TestNewIsReproducible(t *testing.T) {
	c := tiny(func(c *adm.Config) { c.NumClasses = 2 })
	make := func(seed uint64) *adm.Network {
		n, err := adm.New(layers.Root(rng.New(seed)), c)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	a, b, other := make(1), make(1), make(2)
	for i, p := range a.Params() {
		same, differs := true, false
		for j, v := range p.Data() {
			same = same && v == b.Params()[i].Data()[j]
			differs = differs || v != other.Params()[i].Data()[j]
		}
		zero := strings.HasSuffix(p.Name(), "out_layers.3.weight") || strings.HasSuffix(p.Name(), "proj_out.weight") || p.Name() == "out.2.weight"
		random := p.Shape().Rank() > 1 && !zero
		if !same || differs != random {
			t.Errorf("%s: equal for one seed %v, different for two %v", p.Name(), same, differs)
		}
	}
	y, _, err := evaluate(sh(2, 1, 4, 4), autodiff.Eval, func(s *scope, x vr) vr { return a.ForwardClass(s, x, testLabels, []int{0, 1}) })
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range y {
		if v != 0 {
			t.Fatal("an untrained network is not the zero function")
		}
	}
}

// TestWorkers: no bit depends on GOMAXPROCS.
func TestWorkers(t *testing.T) {
	n := build(t, tiny(func(c *adm.Config) { c.ModelChannels = 32 }))
	run := func(procs int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		y, _, err := evaluate(sh(2, 1, 16, 12), autodiff.Record, func(s *scope, x vr) vr {
			y := n.Forward(s, x, testLabels)
			return s.Grad1(s.Dot(y, y), x)
		})
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	if !equal(run(1), run(2)) {
		t.Error("a gradient depends on the number of workers")
	}
}

// No network makes an array of images upsampled for a convolution.
func TestUpsamplingIsPartOfConvolutions(t *testing.T) {
	net := func(change func(c *adm.Config)) func(s *scope, x vr) vr {
		n := build(t, tiny(change))
		return func(s *scope, x vr) vr { return n.Forward(s, x, testLabels[:1]) }
	}
	for _, c := range []struct {
		name string
		want int
		f    func(s *scope, x vr) vr
	}{
		{"ADM", 0, net(nil)},
		{"ADM without convolutions", 1, net(func(c *adm.Config) { c.ConvResample = false })},
		{"ADM by residual blocks, whose skips remain", 1, net(func(c *adm.Config) { c.ResblockUpdown = true })},
	} {
		if got := nettest.Repeats(c.f, sh(1, 1, 4, 4)); got != c.want {
			t.Errorf("%s repeats %d arrays, want %d", c.name, got, c.want)
		}
	}
}
