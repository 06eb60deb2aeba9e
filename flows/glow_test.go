package flows_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/flows/flowstest"
	"tweedie/internal/testkit"
	"tweedie/layers"
)

var smallGlow = flows.GlowConfig{Channels: 3, Height: 8, Width: 4, Flows: 2, Blocks: 2, Hidden: 5}

// A new Glow is a product of rotations: lengths stay, and the log-determinant is 0. In every block, from data to
// latents, channel 4c + 2y + x of a pixel is value (c, y, x) of 2x2 pixels.
func TestGlowStartsAsRotation(t *testing.T) {
	for _, plain := range []bool{false, true} {
		c := smallGlow
		c.Plain = plain
		g, err := flows.NewGlow(root(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Check(); err != nil {
			t.Error(err)
		}
		x := testkit.Normals(2*c.Dim(), "x")
		z, ld := pair(sh(2, c.Dim()), x, g.Forward)
		testkit.Near(t, "log-determinant", ld, []float64{0, 0}, 2e-5) // weights are float32
		for b := range 2 {
			var before, after float64
			for i := range c.Dim() {
				before += x[b*c.Dim()+i] * x[b*c.Dim()+i]
				after += z[b*c.Dim()+i] * z[b*c.Dim()+i]
			}
			testkit.Near(t, "length", []float64{after}, []float64{before}, 1e-5*before)
		}
	}
}

// The order of values, shown with convolutions that do nothing: z holds x with 2x2 pixels as channels, the second
// half of the channels first, then the output of the second block on the first half.
func TestGlowOrder(t *testing.T) {
	c := flows.GlowConfig{Channels: 1, Height: 4, Width: 4, Flows: 1, Blocks: 2, Hidden: 1, Plain: true}
	g := must(flows.NewGlow(root(), c))
	for _, p := range g.Params() {
		one := strings.HasSuffix(p.Name(), "scale_inv") || strings.HasSuffix(p.Name(), "s_sign") || strings.HasSuffix(p.Name(), "running_var")
		eye := strings.HasSuffix(p.Name(), "invconv.weight") || strings.HasSuffix(p.Name(), "w_p")
		if strings.HasSuffix(p.Name(), "mask") || strings.HasSuffix(p.Name(), "l_eye") {
			continue
		}
		for j, d := 0, p.Data(); j < len(d); j++ {
			d[j] = 0
			if one || eye && j%(p.Shape().Dim(0)+1) == 0 {
				d[j] = 1
			}
		}
		p.Touch()
	}
	x := make([]float64, 16)
	for i := range x {
		x[i] = float64(i)
	}
	z, _ := pair(sh(1, 16), x, g.Forward)
	testkit.Near(t, "z", z, []float64{4, 6, 12, 14, 5, 7, 13, 15, 0, 2, 8, 10, 1, 3, 9, 11}, 0)
	if got := g.Latents(); len(got) != 2 || got[0] != sh(2, 2, 2) || got[1] != sh(8, 1, 1) {
		t.Errorf("latents %v", got)
	}
}

func TestGlowStatistics(t *testing.T) {
	g := glow(flows.GlowConfig{Channels: 1, Height: 4, Width: 4, Flows: 1, Blocks: 2, Hidden: 3})(root()).(*flows.Glow)
	if !g.Exact() || g.With(layers.BatchStatistics).Exact() {
		t.Error("Exact does not tell the statistics apart")
	}
	var r testkit.Recorder
	flowstest.Bijector(&r, g.With(layers.BatchStatistics))
	if all := strings.Join(r, "\n"); !strings.Contains(all, "of its batch") || strings.Contains(all, "cancel") {
		t.Errorf("the harness says %q of batch statistics", all)
	}
}

func TestGlowCheck(t *testing.T) {
	for suffix, value := range map[string]float32{"w_p": 0.5, "u_mask": 2, "l_mask": 1, "s_sign": 0.5, "l_eye": 0} {
		g := must(flows.NewGlow(root(), smallGlow))
		for _, p := range g.Params() {
			if strings.HasSuffix(p.Name(), "blocks.1.flows.0.invconv."+suffix) {
				p.Data()[0] = value
				if suffix == "u_mask" {
					p.Data()[0], p.Data()[1] = 0, value
				}
			}
		}
		if err := g.Check(); err == nil || !strings.Contains(err.Error(), "blocks.1.flows.0.invconv."+suffix) {
			t.Errorf("%s = %v: %v", suffix, value, err)
		}
	}
	g := must(flows.NewGlow(root(), smallGlow))
	for _, p := range g.Params() {
		if strings.HasSuffix(p.Name(), "w_p") {
			copy(p.Data(), p.Data()[p.Shape().Dim(0):2*p.Shape().Dim(0)]) // two rows alike
		}
	}
	if err := g.Check(); err == nil || !strings.Contains(err.Error(), "want a permutation") {
		t.Errorf("a singular permutation: %v", err)
	}
}

func TestGlowConstructionErrors(t *testing.T) {
	for want, change := range map[string]func(*flows.GlowConfig){
		"want all positive":     func(c *flows.GlowConfig) { c.Hidden = 0 },
		"want multiples of 4":   func(c *flows.GlowConfig) { c.Height = 6 },
		"want at most 12":       func(c *flows.GlowConfig) { c.Blocks = 40 },
		"channels in the last":  func(c *flows.GlowConfig) { c.Channels = 1 << 28 },
		"at most 2^20 each way": func(c *flows.GlowConfig) { c.Width = math.MaxInt/2 + 1 },
	} {
		c := smallGlow
		change(&c)
		_, err := flows.NewGlow(root().At("q"), c)
		var e *layers.Error
		if !errors.As(err, &e) || e.Module != "q" || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", c, err, want)
		}
	}
}

// Positive agrees with torch's softplus, which returns u itself from u = 20 on: the two are the same in float32, and
// differ by at most e^{-20} = 2.1e-9.
func TestPositiveAgainstThreshold(t *testing.T) {
	h := must(flows.NewPositive(root(), 1, 1))
	l := float64(h.Params()[0].Data()[0])
	for u := -30.0; u < 30; u += 0.37 {
		soft := u
		if u <= 20 {
			soft = math.Log1p(math.Exp(u))
		}
		for dt, tol := range map[autodiff.DType]float64{autodiff.F64: 2.1e-9, autodiff.F32: 3e-7} {
			s := autodiff.NewArena().Scope(autodiff.Eval, dt)
			x, ld := h.Inverse(s, s.Const64(sh(1, 1), []float64{u}))
			testkit.Near(t, "x", []float64{x.Scalar(), ld.Scalar()}, []float64{soft * math.Exp(l), u - soft + l}, tol*max(1, math.Abs(u))*math.Exp(math.Abs(l)))
			s.Close()
		}
	}
}
