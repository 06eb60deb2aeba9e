package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// A program that an operator names is not run unless the flag says so, and its failures are no fault of the command.
func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	y := npy(t, dir, "y.npy", []int{4}, ramp)
	solve := func(command string, more ...string) (int, string) {
		code, _, err := tweedie(t, shortSolve(y, append([]string{"--op", `{"kind":"external","command":` + command + `}`}, more...)...)...)
		return code, err
	}
	marker := filepath.Join(dir, "marker")
	for _, c := range []struct {
		command, flag string
		want          string
	}{
		{`["touch","` + marker + `"]`, "--allow-programs=false", "--allow-programs"},
		{`["no-such-program-of-ours"]`, "--allow-programs", "external: no-such-program-of-ours: executable file not found"},
		{`["true"]`, "--allow-programs", "external: true: it ended before its first line"},
	} {
		code, err := solve(c.command, c.flag)
		if code != 1 || !strings.Contains(err, c.want) || strings.Contains(err, "fault") || strings.Count(err, "\n") != 1 {
			t.Errorf("%s %s: code %d, %s", c.command, c.flag, code, err)
		}
	}
	if found, _ := filepath.Glob(marker); found != nil {
		t.Error("the program was run without permission")
	}
}
