package autodiff_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/kernel"
	"tweedie/rng"
)

// convolved returns a convolution that minimal filtering can do, and its gradients, on the arena.
func convolved(a *Arena) (out []float32) {
	x, w := make([]float32, 16*16*16), make([]float32, 16*16*9)
	rng.New(1).Stream().FillNorm32(x)
	rng.New(2).Stream().FillNorm32(w)
	s := a.Scope(Record, F32)
	defer s.Close()
	vx, vw := s.Watch(s.Const32(S(1, 16, 16, 16), x)), s.Watch(s.Const32(S(16, 16, 3, 3), w))
	y := s.Conv(vx, vw, SamePad(3))
	var g [2]Var
	s.ChildMode(Eval).GradLast(s.Dot(y, y), []Var{vx, vw}, g[:])
	for _, v := range []Var{y, g[0], g[1]} {
		part := make([]float32, v.Size())
		v.CopyTo32(part)
		out = append(out, part...)
	}
	return out
}

func arenaOf(c Convolutions) *Arena {
	a := NewArena()
	a.SetConvolutions(c)
	return a
}

// The choice of an arena is its own: neither the default nor another arena at work at the same time has a say.
func TestConvolutionsBelongToTheArena(t *testing.T) {
	before := DefaultConvolutions()
	t.Cleanup(func() { SetDefaultConvolutions(before) })
	want := map[Convolutions][]float32{Winograd: convolved(arenaOf(Winograd)), Direct: convolved(arenaOf(Direct))}
	if kernel.Path() != "generic" && slices.Equal(want[Winograd], want[Direct]) {
		t.Fatal("minimal filtering gives the bits of the direct path: this test sees nothing")
	}
	for _, d := range []Convolutions{Winograd, Direct} {
		SetDefaultConvolutions(d)
		if a := NewArena(); a.Convolutions() != d || !slices.Equal(convolved(a), want[d]) {
			t.Errorf("a new arena does not convolve as the default says, %v", d)
		}
		got := make(chan []float32, 2)
		go func() { got <- convolved(arenaOf(Direct)) }()
		go func() { got <- convolved(arenaOf(Winograd)) }()
		one, other := <-got, <-got
		if !slices.Equal(one, want[Direct]) {
			one, other = other, one
		}
		if !slices.Equal(one, want[Direct]) || !slices.Equal(other, want[Winograd]) {
			t.Errorf("two arenas at once, default %v: not the convolutions that each asked for", d)
		}
	}
}

// The environment is read when a program starts, so the test runs itself.
func TestEnvironmentChoosesTheDefault(t *testing.T) {
	if want := os.Getenv("TEST_WANT_CONVOLUTIONS"); want != "" {
		if got := DefaultConvolutions().String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		return
	}
	for value, want := range map[string]string{"": "winograd", "on": "winograd", "off": "direct"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEnvironmentChoosesTheDefault$")
		cmd.Env = append(os.Environ(), "TWEEDIE_WINOGRAD="+value, "TEST_WANT_CONVOLUTIONS="+want)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%q: %v\n%s", value, err, out)
		}
	}
}

func TestCheckEnvironment(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"TWEEDIE_KERNELS", "nope", `kernel: TWEEDIE_KERNELS is "nope"; this machine has `},
		{"TWEEDIE_WINOGRAD", "false", `autodiff: TWEEDIE_WINOGRAD is "false"; want on or off`},
		{"TWEEDIE_WINOGRAD", "on", ""},
		{"TWEEDIE_WINOGRAD", "off", ""},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			t.Setenv(c.name, c.value)
			err := CheckEnvironment()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
