package cli

import (
	"strings"
	"testing"
)

// Every verb refuses kernels that this machine does not have, before it does anything.
func TestEnvironmentThatCannotBeFollowed(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"TWEEDIE_KERNELS", "nope", `tweedie: kernel: TWEEDIE_KERNELS is "nope"; this machine has `},
		{"TWEEDIE_WINOGRAD", "no", `tweedie: autodiff: TWEEDIE_WINOGRAD is "no"; want on or off`},
	} {
		t.Setenv(c.name, c.value)
		for _, verb := range [][]string{
			{"demo"}, {"solve"}, {"sample"}, {"logprob"}, {"eval"}, {"train"}, {"plan"}, {"doctor"}, {"bench", "unet"},
			{"ckpt", "inspect", "no.pt"}, {"zoo", "list"}, {},
		} {
			code, out, err := tweedie(t, verb...)
			if code != 1 || out != "" || !strings.HasPrefix(err, c.want) || strings.Count(err, "\n") != 1 {
				t.Errorf("%s=%s tweedie %v: code %d, output %q, error %q; want %q", c.name, c.value, verb, code, out, err, c.want)
			}
			if c.name == "TWEEDIE_KERNELS" && !strings.HasSuffix(err, "generic\n") {
				t.Errorf("%q does not list what this machine has", err)
			}
		}
		t.Setenv(c.name, "")
	}
}
