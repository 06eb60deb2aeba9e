package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
)

// whole trains the toy without interruption and returns the bytes of its last state and its statistics.
func whole(t testing.TB, c Config) ([]byte, []Stat, Result) {
	t.Helper()
	dir := t.TempDir()
	r, err := mustNew(t, newToy().setup(c, dir)).Run(context.Background())
	if err != nil || !r.Done {
		t.Fatal(r, err)
	}
	return stateBytes(t, dir), stats(t, dir), r
}

func stateBytes(t testing.TB, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "state.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// stats returns the lines of the statistics without what depends on the clock.
func stats(t testing.TB, dir string) []Stat {
	t.Helper()
	all, err := ReadStats(filepath.Join(dir, "stats.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].ImagesPerSecond, all[i].Seconds = 0, 0
	}
	return all
}

func sameStats(a, b []Stat) bool {
	return slices.EqualFunc(a, b, func(x, y Stat) bool {
		hx, hy := x.HeldOut, y.HeldOut
		x.HeldOut, y.HeldOut = nil, nil
		return x == y && (hx == nil) == (hy == nil) && (hx == nil || *hx == *hy)
	})
}

func TestTheToyLearns(t *testing.T) {
	_, lines, r := whole(t, toyConfig())
	if first := lines[0].Loss; !(r.Loss < first/3) {
		t.Errorf("loss %v after %d steps, %v at first", r.Loss, r.Step, first)
	}
	if !(r.HeldOut < lines[0].Loss/3) || r.Step != 60 || r.Images != 720 {
		t.Errorf("result %+v", r)
	}
}

// TestResumeEqualsUninterrupted checks that a run that is cancelled again and again, at the end of a step, between
// micro-batches and during a held-out loss, and each time resumed by a new process' objects, gives the bytes of one
// that is not.
func TestResumeEqualsUninterrupted(t *testing.T) {
	want, lines, _ := whole(t, toyConfig())
	dir := t.TempDir()
	runs := 0
	for done := false; !done; runs++ {
		n := newToy()
		ctx, cancel := context.WithCancel(context.Background())
		calls, stop := 0, 5+3*runs
		s := n.setup(toyConfig(), dir)
		count := func(o Objective) Objective {
			return ObjectiveFunc(func(s *autodiff.Scope, step Step) (autodiff.Var, error) {
				if calls++; calls == stop {
					cancel()
				}
				return o.Loss(s, step)
			})
		}
		s.Objective, s.HeldOut = count(n), count(held{n})
		r, err := mustNew(t, s).Run(ctx)
		cancel()
		if done = r.Done; !done && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if runs < 6 {
		t.Errorf("the run was interrupted only %d times", runs-1)
	}
	if !bytes.Equal(stateBytes(t, dir), want) {
		t.Errorf("after %d interruptions the state differs from that of one run", runs-1)
	}
	if got := stats(t, dir); !sameStats(got, lines) {
		t.Errorf("statistics after interruptions:\n%v\nof one run:\n%v", got, lines)
	}
}

func TestBytesDoNotDependOnProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one, _, _ := whole(t, toyConfig())
	runtime.GOMAXPROCS(2)
	two, _, _ := whole(t, toyConfig())
	if !bytes.Equal(one, two) {
		t.Error("GOMAXPROCS 1 and 2 give different states")
	}
	c := toyConfig()
	c.Steps = 4
	wide := func() []byte { // enough for several blocks of every loop
		dir := t.TempDir()
		if _, err := mustNew(t, newToyOf(20_001).setup(c, dir)).Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		return stateBytes(t, dir)
	}
	runtime.GOMAXPROCS(1)
	wide1 := wide()
	runtime.GOMAXPROCS(2)
	if !bytes.Equal(wide1, wide()) {
		t.Error("GOMAXPROCS 1 and 2 give different states of a wide network")
	}
	c = toyConfig()
	c.Seed++
	if other, _, _ := whole(t, c); bytes.Equal(one, other) {
		t.Error("another seed gives the same state")
	}
}

// TestALongerRunGoesOn checks that a run that was made longer ends as one that was long from the start.
func TestALongerRunGoesOn(t *testing.T) {
	c := toyConfig()
	c.Decay = "constant"
	want, _, _ := whole(t, c)
	dir := t.TempDir()
	c.Steps = 20
	if _, err := mustNew(t, newToy().setup(c, dir)).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.Steps = 60
	tr := mustNew(t, newToy().setup(c, dir))
	if tr.Step() != 20 || tr.Images() != 240 {
		t.Errorf("resumed at step %d", tr.Step())
	}
	if _, err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !sameArrays(t, stateBytes(t, dir), want) {
		t.Error("the longer run differs")
	}
}

// TestResumeRefusals checks that what does not fit is refused by name, and neither the parameters nor the file are
// touched.
func TestResumeRefusals(t *testing.T) {
	dir := t.TempDir()
	c := toyConfig()
	c.Steps = 10
	if _, err := mustNew(t, newToy().setup(c, dir)).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	good := stateBytes(t, dir)
	for _, r := range []struct {
		name   string
		change func(n *toy, s *Setup)
		file   func([]byte) []byte
		want   []string
	}{
		{name: "learning rate", change: func(n *toy, s *Setup) { s.Config.LR = 0.5 }, want: []string{"lr", "0.01", "0.5"}},
		{name: "seed", change: func(n *toy, s *Setup) { s.Config.Seed = 8 }, want: []string{"seed", "7", "8"}},
		{name: "half-life", change: func(n *toy, s *Setup) { s.Config.EMAHalfLife = 0 }, want: []string{"ema_half_life"}},
		{name: "length of a cosine", change: func(n *toy, s *Setup) { s.Config.Steps = 11 }, want: []string{"steps"}},
		{name: "shape", change: func(n *toy, s *Setup) { s.Params[1] = autodiff.NewParam("in.bias", autodiff.S(4, 4)) }, want: []string{"in.bias", "[16]", "[4 4]"}},
		{name: "name", change: func(n *toy, s *Setup) { n.b2.SetName("out.shift") }, want: []string{"out.shift"}},
		{name: "fewer", change: func(n *toy, s *Setup) { s.Params = s.Params[:4] }, want: []string{"out.bias"}},
		{name: "no cursor", change: func(n *toy, s *Setup) { s.Cursor = nil }, want: []string{"cursor"}},
		{name: "architecture", change: func(n *toy, s *Setup) { s.Info.Architecture = "unet" }, want: []string{"architecture", "unet"}},
		{name: "cut short", file: func(b []byte) []byte { return b[:len(b)-1] }, want: []string{"bytes"}},
		{name: "later version", file: func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"train_version":"1"`), []byte(`"train_version":"2"`), 1)
		}, want: []string{"train_version", "2", "newer"}},
		{name: "not a state", file: func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"train_version"`), []byte(`"vrain_version"`), 1)
		}, want: []string{"not a training state"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			n := newToy()
			s := n.setup(c, t.TempDir())
			s.Params = slices.Clone(s.Params)
			file := good
			if r.change != nil {
				r.change(n, &s)
			}
			if r.file != nil {
				file = r.file(slices.Clone(good))
			}
			if err := os.WriteFile(s.Path, file, 0o666); err != nil {
				t.Fatal(err)
			}
			before := slices.Clone(n.w1.Data())
			_, err := New(s)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range append(r.want, s.Path) {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the error %q does not say %q", err, w)
				}
			}
			if !slices.Equal(before, n.w1.Data()) {
				t.Error("the parameters were changed")
			}
			if left, _ := os.ReadFile(s.Path); !bytes.Equal(left, file) {
				t.Error("the file was changed")
			}
			s.Fresh = true
			if tr, err := New(s); err != nil || tr.Step() != 0 {
				t.Errorf("a fresh start: %v", err)
			}
		})
	}
}

func TestAnAcceptedChangeIsTaken(t *testing.T) {
	dir := t.TempDir()
	c := toyConfig()
	c.Steps = 10
	if _, err := mustNew(t, newToy().setup(c, dir)).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.LR, c.Steps = 0.005, 20
	s := newToy().setup(c, dir)
	s.Accept = []string{"lr", "steps"}
	tr := mustNew(t, s)
	if tr.Step() != 10 {
		t.Fatalf("resumed at %d", tr.Step())
	}
	if r, err := tr.Run(context.Background()); err != nil || r.Step != 20 {
		t.Fatal(r, err)
	}
	if _, err := New(newToy().setup(c, dir)); err != nil {
		t.Errorf("the accepted config is not that of the new state: %v", err)
	}
}

func TestWeightsAreACheckpoint(t *testing.T) {
	n := newToy()
	tr := mustNew(t, n.setup(toyConfig(), t.TempDir()))
	if _, err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, averaged := range []bool{false, true} {
		f, err := tr.Weights(averaged)
		if err != nil {
			t.Fatal(err)
		}
		w, err := f.Tensor("out.bias")
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Float32s()
		want := n.b2.Data()
		if averaged {
			want = []float32{float32(tr.EMA().Of(3)[0]), float32(tr.EMA().Of(3)[1])}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("averaged %v: %v, want %v (%v)", averaged, got, want, err)
		}
		if info, err := f.Info(); err != nil || info.EMA != averaged || info.Step != 60 {
			t.Errorf("info %+v, %v", info, err)
		}
	}
}
