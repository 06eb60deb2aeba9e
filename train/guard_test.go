package train

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// TestGuard checks that settings besides the config guard a state, and that a state without them fits every run.
func TestGuard(t *testing.T) {
	c := toyConfig()
	c.Steps = 4
	for _, r := range []struct {
		saved, now map[string]string
		accept     []string
		late       []string
		want       []string // nil for none
	}{
		{saved: map[string]string{"data": "a"}, now: map[string]string{"data": "a"}},
		{saved: map[string]string{"data": "a"}, now: map[string]string{"data": "b"}, want: []string{"data = a", "this one b"}},
		{saved: map[string]string{"data": "a"}, now: nil, want: []string{"data = a", "this one none"}},
		{saved: map[string]string{"data": "a"}, now: map[string]string{"data": "a", "init": "x"}, want: []string{"init = none", "this one x"}},
		{saved: map[string]string{"data": "a"}, now: map[string]string{"data": "b"}, accept: []string{"data"}},
		{saved: map[string]string{"data": "a"}, now: map[string]string{"data": "a", "images": "x"}, late: []string{"images"}},
		{saved: map[string]string{"images": "y"}, now: map[string]string{"images": "x"}, late: []string{"images"}, want: []string{"images = y", "this one x"}},
		{saved: nil, now: map[string]string{"data": "b"}},
	} {
		dir := t.TempDir()
		s := newToy().setup(c, dir)
		s.Guard = r.saved
		if _, err := mustNew(t, s).Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		s = newToy().setup(c, dir)
		s.Guard, s.Accept, s.Late = r.now, r.accept, r.late
		tr, err := New(s)
		switch {
		case r.want == nil && (err != nil || tr.Step() != 4):
			t.Errorf("%v then %v: %v", r.saved, r.now, err)
		case r.want != nil && err == nil:
			t.Errorf("%v then %v was accepted", r.saved, r.now)
		}
		for _, w := range r.want {
			if err != nil && !strings.Contains(err.Error(), w) {
				t.Errorf("the error %q does not say %q", err, w)
			}
		}
	}
}

// TestFrozen checks that a frozen parameter keeps its bits, and is neither in the average nor in the moments.
func TestFrozen(t *testing.T) {
	dir := t.TempDir()
	n := newToy()
	n.w1.SetTrainable(false)
	before, free := slices.Clone(n.w1.Data()), slices.Clone(n.w2.Data())
	tr := mustNew(t, n.setup(toyConfig(), dir))
	if _, err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, n.w1.Data()) || slices.Equal(free, n.w2.Data()) {
		t.Error("a frozen parameter changed, or a free one did not")
	}
	for _, a := range tr.arrays() {
		if strings.HasSuffix(a.name, "in.weight") && a.name != "param.in.weight" {
			t.Errorf("%s is kept for a frozen parameter", a.name)
		}
	}
}
