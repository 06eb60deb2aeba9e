package denoisers_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/diffusion"
	"tweedie/families/denoisers"
	"tweedie/inverse"
	"tweedie/inverse/optics"
	"tweedie/layers"
	"tweedie/rng"
)

// flat is the blind denoiser of images of one value per row: it takes the mean of every row, so that its residual is
// noise in all but one of every W dimensions.
func flat(s *scope, u vr, _ []float64) vr {
	shape := u.Shape()
	return s.BroadcastTo(s.Reshape(s.Mean(u, 3), shape.With(3, 1)), shape)
}

func ascentJob(n int) diffusion.Job {
	j := diffusion.Job{Shape: sh(1, 4, 1024), DType: autodiff.F64}
	for i := range n {
		j.Keys = append(j.Keys, rng.New(9).Split("sample", i))
	}
	return j
}

// On a linear manifold the noise level shrinks by 1 - Beta h_k a step: the number of evaluations is that of the
// recursion, and the result lies on the manifold. A step changes log sigma by chance with variance
// ((1 - h) gamma/sigma)^2/N, N = 4092 dimensions of noise; 4 standard errors of the sum are steps of the last size.
func TestAscentSchedule(t *testing.T) {
	a := denoisers.DefaultAscent()
	want, sigma, variance, h := 1, 1., 0., 0.
	for k := 1; sigma >= a.SigmaEnd; k++ {
		h = a.H0 * float64(k) / (1 + a.H0*float64(k-1))
		sigma *= 1 - a.Beta*h
		variance += (1 - h) * (1 - h) * ((1-a.Beta*h)*(1-a.Beta*h) - (1-h)*(1-h)) / 4092
		want = k + 1
	}
	tol := 1 + 4*math.Sqrt(variance)/(a.Beta*h)
	var levels []float64
	d, err := a.Sample(context.Background(), diffusion.DenoiserFunc(func(s *scope, u vr, sigma []float64) vr {
		levels = append(levels, sigma[0])
		return flat(s, u, sigma)
	}), ascentJob(2), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range d.Evaluations {
		if of := levels[i*d.Evaluations[0]:][:n]; of[0] != 1 || math.Abs(of[1]-1) > .05 || of[n-1] < a.SigmaEnd || of[n-1] > 1.2*a.SigmaEnd {
			t.Errorf("sample %d: the denoiser was told noise levels from %v and %v to %v", i, of[0], of[1], of[n-1])
		}
	}
	for i, n := range d.Evaluations {
		t.Logf("%d evaluations; the recursion says %d +- %.1f", n, want, tol)
		if math.Abs(float64(n-want)) > tol {
			t.Errorf("sample %d took %d evaluations; the recursion says %d +- %.1f", i, n, want, tol)
		}
	}
	for row := range 8 {
		x := d.X[row*1024 : (row+1)*1024]
		if spread := slices.Max(x) - slices.Min(x); spread > 1e-12 {
			t.Errorf("row %d is off the manifold by %g", row, spread)
		}
	}
}

// Given data, samples have exactly those data, whatever their scale, and lie where the denoiser would have them
// otherwise; data that are not of a projector are refused.
func TestAscentGiven(t *testing.T) {
	op, err := optics.BlockAverageConfig{Rows: 2, Cols: 1024}.Build(sh(1, 4, 1024))
	if err != nil {
		t.Fatal(err)
	}
	m := op.(inverse.Linear)
	g, err := denoisers.NewGiven(m, []float64{.3, 2})
	if err != nil {
		t.Fatal(err)
	}
	d, err := denoisers.DefaultAscent().Sample(context.Background(), diffusion.DenoiserFunc(flat), ascentJob(1), g)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, 2)
	m.Apply(y, d.X)
	if math.Abs(y[0]-.3) > 1e-10 || math.Abs(y[1]-2) > 1e-10 {
		t.Errorf("the sample's data are %v, want .3 and 2", y)
	}
	if spread := slices.Max(d.X[:1024]) - slices.Min(d.X[:1024]); spread > 1e-10 {
		t.Errorf("the first row is off the manifold by %g", spread)
	}
	if d.X[0] == d.X[1024] {
		t.Error("two rows that the data do not tell apart are equal")
	}
	blur, err := inverse.DenseConfig{Rows: 2, Data: []float64{1, 0, 1, 1}}.Build(sh(1, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := denoisers.NewGiven(blur.(inverse.Linear), []float64{1, 1}); err == nil {
		t.Error("rows that are not orthogonal were taken")
	}
	if _, err := denoisers.NewGiven(m, []float64{1}); err == nil {
		t.Error("one value was taken for two")
	}
}

// A sample's bytes depend on its key alone; a cancelled run keeps what was finished.
func TestAscentBytes(t *testing.T) {
	a, den := denoisers.DefaultAscent(), diffusion.DenoiserFunc(flat)
	all, err := a.Sample(context.Background(), den, ascentJob(3), nil)
	if err != nil {
		t.Fatal(err)
	}
	old := runtime.GOMAXPROCS(1)
	one := ascentJob(3)
	one.Keys = one.Keys[2:]
	alone, err := a.Sample(context.Background(), den, one, nil)
	runtime.GOMAXPROCS(old)
	if err != nil || !slices.Equal(alone.X, all.X[2*4096:]) {
		t.Errorf("a sample drawn alone differs (%v)", err)
	}
	if slices.Equal(all.X[:4096], all.X[4096:8192]) {
		t.Error("two keys give one sample")
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := ascentJob(3)
	j.Progress = func(done, total int) {
		if done > all.Evaluations[0] {
			cancel()
		}
		if total != 3*a.MaxSteps {
			t.Errorf("total %d", total)
		}
	}
	part, err := a.Sample(ctx, den, j, nil)
	if !errors.Is(err, context.Canceled) || part.Done != 1 || !slices.Equal(part.X, all.X[:4096]) {
		t.Errorf("cancelled in the second sample: %v, %d done", err, part.Done)
	}
}

// What cannot work is said: a field out of range, a denoiser that never gets there, one that is not finite, data and
// starts of another size.
func TestAscentErrors(t *testing.T) {
	den := diffusion.DenoiserFunc(flat)
	for name, change := range map[string]func(a *denoisers.Ascent){
		"h0": func(a *denoisers.Ascent) { a.H0 = 0 }, "beta": func(a *denoisers.Ascent) { a.Beta = 1.1 },
		"sigma_end": func(a *denoisers.Ascent) { a.SigmaEnd = -1 }, "sigma_start": func(a *denoisers.Ascent) { a.SigmaStart = .001 },
		"mean": func(a *denoisers.Ascent) { a.Mean = math.NaN() }, "max_steps": func(a *denoisers.Ascent) { a.MaxSteps = 0 },
		"after 3 steps": func(a *denoisers.Ascent) { a.MaxSteps = 3 },
	} {
		a := denoisers.DefaultAscent()
		change(&a)
		if _, err := a.Sample(context.Background(), den, ascentJob(1), nil); err == nil || !contains(err, name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	nan := diffusion.DenoiserFunc(func(s *scope, u vr, _ []float64) vr { return s.Full(u.Shape(), math.NaN()) })
	if _, err := denoisers.DefaultAscent().Sample(context.Background(), nan, ascentJob(1), nil); err == nil || !contains(err, "finite") {
		t.Errorf("NaN: error %v", err)
	}
	j := ascentJob(1)
	j.Start = make([]float64, 3)
	if _, err := denoisers.DefaultAscent().Sample(context.Background(), den, j, nil); err == nil || !contains(err, "start") {
		t.Errorf("start: error %v", err)
	}
}

// HaarForward and HaarInverse are inverse to each other, have the stated pixels, the stated determinant, and their derivatives.
func TestHaar(t *testing.T) {
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	x := make([]float64, 2*2*4*6)
	rng.New(1).Stream().FillNorm(x)
	y := denoisers.HaarForward(s, s.Const64(sh(2, 2, 4, 6), x))
	back := make([]float64, len(x))
	denoisers.HaarInverse(s, y).CopyTo64(back)
	for i := range x {
		if math.Abs(back[i]-x[i]) > 1e-14 {
			t.Fatalf("element %d came back as %v, was %v", i, back[i], x[i])
		}
	}
	block := make([]float64, 4)
	denoisers.HaarInverse(s, s.Const64(sh(1, 4, 1, 1), []float64{1, 10, 100, 1000})).CopyTo64(block)
	if !slices.Equal(block, []float64{1111, 1 + 10 - 100 - 1000, 1 - 10 + 100 - 1000, 1 - 10 - 100 + 1000}) {
		t.Errorf("a=1, h=10, v=100, d=1000 make %v", block)
	}
	// The columns of HaarInverse are orthogonal, so |det| is the product of their lengths.
	logdet := 0.0
	for i := range 24 {
		e := make([]float64, 24)
		e[i] = 1
		j := denoisers.HaarInverse(s, s.Const64(sh(1, 4, 2, 3), e))
		logdet += math.Log(s.Dot(j, j).Scalar()) / 2
	}
	if want := denoisers.HaarInverseLogDet(sh(1, 4, 6)); math.Abs(logdet-want) > 1e-12 {
		t.Errorf("log |det| is %v, HaarInverseLogDet says %v", logdet, want)
	}
	gradtest.Check(t, gradtest.Case{Name: "split", In: []autodiff.Shape{sh(2, 2, 4, 2)}, F: func(s *scope, x []vr) vr { return denoisers.HaarForward(s, x[0]) }})
	gradtest.Check(t, gradtest.Case{Name: "join", In: []autodiff.Shape{sh(2, 8, 2, 1)}, F: func(s *scope, x []vr) vr { return denoisers.HaarInverse(s, x[0]) }})
	for _, shape := range []autodiff.Shape{sh(1, 1, 3, 4), sh(4, 4)} {
		if _, err := layers.OutShape(denoisers.HaarForward, shape); err == nil {
			t.Errorf("%v was split", shape)
		}
	}
	if _, err := layers.OutShape(denoisers.HaarInverse, sh(1, 3, 2, 2)); err == nil {
		t.Error("three channels were joined")
	}
}

// A cascade whose low-pass images are one image and whose networks take everything for noise draws that image with
// every pixel doubled at every scale; networks that do not fit are refused.
func TestCascade(t *testing.T) {
	image := []float64{.1, .9, .4, .6, .2, .7}
	n, err := denoisers.NewCNN(layers.Root(rng.New(1)), denoisers.CNNConfig{Channels: 3, Given: 1, Width: 3, Kernels: []int{1, 1}, LinearFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range n.Params() { // w0 [3,4,1,1] picks the details, w1 [3,3,1,1] is the identity
		clear(w.Data())
		for k := range 3 {
			w.Data()[k*(4-i)+k+1-i] = 1
		}
		w.Touch()
	}
	c := &denoisers.Cascade{Shape: sh(1, 2, 3), Details: []*denoisers.CNN{n, n},
		Low: diffusion.DenoiserFunc(func(s *scope, u vr, _ []float64) vr { return s.Const64(u.Shape(), image) })}
	for _, start := range [][]float64{nil, image} {
		d, err := c.Sample(context.Background(), denoisers.DefaultAscent(), diffusion.Job{Keys: []rng.Key{rng.New(1)}, Start: start})
		if err != nil {
			t.Fatal(err)
		}
		if c.ImageShape() != sh(1, 8, 12) || len(d.X) != 96 || d.Done != 1 {
			t.Fatalf("%d values of %v", len(d.X), c.ImageShape())
		}
		for i, v := range d.X {
			if want := image[i/12/4*3+i%12/4]; math.Abs(v-want) > 1e-6 {
				t.Fatalf("pixel %d is %v, want %v", i, v, want)
			}
		}
	}
	c.Shape = sh(2, 2, 3)
	if _, err := c.Sample(context.Background(), denoisers.DefaultAscent(), diffusion.Job{}); err == nil {
		t.Error("networks of one channel were taken for two")
	}
}

// Fold scales the rows of a weight.
func TestFold(t *testing.T) {
	w := []float32{1, 2, 3, 4}
	if err := denoisers.Fold(w, []float64{2, .5}); err != nil || !slices.Equal(w, []float32{2, 4, 1.5, 2}) {
		t.Errorf("%v, %v", w, err)
	}
	if denoisers.Fold(w, make([]float64, 3)) == nil {
		t.Error("three scales were taken for four weights")
	}
}
