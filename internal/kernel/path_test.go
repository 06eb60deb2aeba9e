package kernel

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	list := []assembly{{name: "avx512"}, {name: "avx2"}, {name: "generic"}}
	for _, c := range []struct {
		list       []assembly
		want, path string
		fails      bool
	}{{list, "", "avx512", false}, {list, "avx2", "avx2", false}, {list, "generic", "generic", false}, {list, "sse9", "avx512", true}, {list[1:], "avx512", "avx2", true}} {
		p, err := choose(c.list, c.want)
		if p.name != c.path || (err != nil) != c.fails {
			t.Errorf("TWEEDIE_KERNELS=%q chose %s, %v; want %s", c.want, p.name, err, c.path)
		}
		if err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("the error %q does not name %s and %s", err, c.want, c.path)
		}
	}
}

// The environment variable is read when a program starts, so the test runs itself.
func TestEnvironmentPinsThePath(t *testing.T) {
	if want := os.Getenv("TEST_WANT_PATH"); want != "" {
		if err := CheckEnvironment(); Path() != want || err != nil {
			t.Errorf("path %s, %v; want %s", Path(), err, want)
		}
		return
	}
	for _, p := range paths() {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEnvironmentPinsThePath$")
		cmd.Env = append(os.Environ(), "TWEEDIE_KERNELS="+p.name, "TEST_WANT_PATH="+p.name)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", p.name, err, out)
		}
	}
}

func TestCheckEnvironment(t *testing.T) {
	if err := CheckEnvironment(); err != nil {
		t.Errorf("these tests run with other kernels than was asked for: %v", err)
	}
	for _, c := range []struct{ name, value, want string }{
		{"TWEEDIE_KERNELS", "nope", `kernel: TWEEDIE_KERNELS is "nope"; this machine has `},
		{"TWEEDIE_KERNELS", "AVX2", `kernel: TWEEDIE_KERNELS is "AVX2"; this machine has `},
		{"TWEEDIE_KERNELS", "generic", ""},
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
