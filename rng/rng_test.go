package rng

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
)

// TestSplitNeverCollides takes 1e5 keys by labels, indices and depth from one root.
func TestSplitNeverCollides(t *testing.T) {
	root := New(1)
	seen := map[Key]bool{root: true}
	add := func(k Key) {
		if seen[k] {
			t.Fatalf("key %v appears twice", k)
		}
		seen[k] = true
	}
	labels := []string{"", "a", "b", "ab", "sample", "sample ", "probe", "\x00"}
	for i := -2500; i < 2500; i++ {
		for _, l := range labels {
			k := root.Split(l, i)
			add(k)
			add(k.Split(l, i))
			if i%2 == 0 {
				add(k.Split("c", 0))
			}
		}
	}
	if len(seen) != 100001 {
		t.Fatalf("%d keys taken, want 100001", len(seen))
	}
}

func TestSplitIsAFunctionOfTheName(t *testing.T) {
	k := New(7)
	want := k.Split("noise", 3)
	k.Stream().Uint64()
	k.Split("other", 9)
	if got := New(7).Split("noise", 3); got != want {
		t.Errorf("Split depends on history: %v, then %v", want, got)
	}
	if New(7) == New(8) || New(0) == (Key{}) {
		t.Error("different seeds must give different roots, and none the zero key")
	}
	long := string(make([]byte, 300)) // longer than the buffer on the stack
	if k.Split(long, 0) == k.Split(long[:299], 0) {
		t.Error("long labels collide")
	}
}

func TestKeyText(t *testing.T) {
	k := New(3).Split("x", 1)
	b, err := json.Marshal(map[string]Key{"key": k})
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]Key
	if err := json.Unmarshal(b, &back); err != nil || back["key"] != k {
		t.Errorf("json round trip: %v, %v, want %v", back, err, k)
	}
	for _, bad := range []string{"", "00", k.String() + "0", "g" + k.String()[1:]} {
		got := k
		if got.UnmarshalText([]byte(bad)) == nil || got != k {
			t.Errorf("text %q: want an error and an unchanged key", bad)
		}
	}
}

// TestGolden notices any change of the numbers: a changed number is a changed result for every user.
func TestGolden(t *testing.T) {
	if got, want := New(0).String(), goldenKey; got != want {
		t.Errorf("New(0) = %s, want %s", got, want)
	}
	s := New(42).Split("golden", 1).Stream()
	for i, want := range goldenUint64 {
		if got := s.Uint64(); got != want {
			t.Errorf("Uint64 %d = %#x, want %#x", i, got, want)
		}
	}
	for i, want := range goldenFloat64 {
		if got := s.Float64(); got != want {
			t.Errorf("Float64 %d = %v, want %v", i, got, want)
		}
	}
	for i, want := range goldenNorm {
		if got := s.Norm(); !(math.Abs(got-want) <= 1e-14) {
			t.Errorf("Norm %d = %.17g, want %.17g", i, got, want)
		}
	}
	if got := s.Perm(8); !slices.Equal(got, goldenPerm) {
		t.Errorf("Perm(8) = %v, want %v", got, goldenPerm)
	}
	r := make([]float64, 8)
	s.FillRademacher(r)
	if !slices.Equal(r, goldenSigns) {
		t.Errorf("FillRademacher = %v, want %v", r, goldenSigns)
	}
}

// TestMarshalContinues stops a stream at many points, also inside blocks and after every kind of draw.
func TestMarshalContinues(t *testing.T) {
	s := New(5).Stream()
	for stop := range 700 {
		switch stop % 5 {
		case 0:
			s.Norm()
		case 1:
			s.Uint64()
		case 2:
			s.Perm(stop % 7)
		case 3:
			s.FillRademacher(make([]float64, 65))
		case 4:
			s.FillNorm32(make([]float32, 3))
		}
		state, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back Stream
		if err := back.UnmarshalBinary(state); err != nil {
			t.Fatal(err)
		}
		copied := *s
		for i := range 40 {
			if a, b := copied.Norm(), back.Norm(); a != b {
				t.Fatalf("after %d steps, draw %d: %v, want %v", stop, i, b, a)
			}
		}
	}
	before := *s
	if err := s.UnmarshalBinary([]byte("nonsense")); err == nil || s.Uint64() != before.Uint64() {
		t.Error("a bad state must be refused and leave the stream as it was")
	}
}

func TestPanics(t *testing.T) {
	s := New(0).Stream()
	for name, f := range map[string]func(){
		"Intn":             func() { s.Intn(0) },
		"Perm":             func() { s.Perm(-1) },
		"NumpyPermutation": func() { NumpyPermutation(0, -1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestResetIsANewStream(t *testing.T) {
	s := New(1).Stream()
	s.Norm()
	s.Reset(New(2))
	want := New(2).Stream()
	for i := range 100 {
		if a, b := s.Uint64(), want.Uint64(); a != b {
			t.Fatalf("draw %d after Reset is %d, that of a new stream %d", i, a, b)
		}
	}
	if n := testing.AllocsPerRun(10, func() { s.Reset(New(3).Split("a", 1)) }); n != 0 {
		t.Errorf("Reset allocates %v times", n)
	}
}
