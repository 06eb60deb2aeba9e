package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// fullDisk fails every write from the n-th byte on.
type fullDisk struct {
	n   int
	err error
}

func (f *fullDisk) Write(b []byte) (int, error) {
	if len(b) > f.n {
		n := f.n
		f.n = 0
		return n, f.err
	}
	f.n -= len(b)
	return len(b), nil
}

// onFull runs the command with a standard output that takes n bytes.
func onFull(t *testing.T, n int, fault error, args ...string) (code int, stderr string) {
	t.Helper()
	var msg bytes.Buffer
	code = run(t.Context(), args, &fullDisk{n, fault}, &msg)
	return code, msg.String()
}

// Every verb ends with code 1 and one line when its results cannot be printed, at the first byte or later on.
func TestFullStandardOutput(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	y := npy(t, dir, "y.npy", []int{1, 4, 4}, half)
	images := npy(t, dir, "images.npy", []int{6, 1, 8, 8}, ramp)
	solve := []string{"solve", "--op", averaged, "--y", y, "--sigma", "0.05", "--samples", "2", "--method", "red-diff", "--config", `{"steps":2}`, "--out", at("solution")}
	for _, args := range [][]string{
		{}, {"--help"}, {"solve", "--help"}, {"zoo"}, {"completion", "bash"},
		{"doctor"}, {"doctor", "--json"},
		{"plan", "--prior", "digits8"}, {"plan", "--prior", "digits8", "--json"},
		{"zoo", "list"}, {"zoo", "list", "--json"}, {"zoo", "info", "digits8"},
		{"ckpt", "inspect", y}, {"ckpt", "inspect", y, "--json"},
		solve, append(solve, "--json"),
		{"sample", "--n", "1", "--prior", "ring16", "--out", at("samples")},
		{"logprob", "--prior", "ring16", "--images", at("samples/samples.npy")},
		{"demo", "--samples", "2", "--methods", "red-diff", "--config", quickRED, "--skip-toy", "--out", at("demo")},
		{"eval", "--data", images, "--test", images, "--samples", "2", "--elbo", "0", "--ode", "0", "--directions", "2", "--sampler", `{"kind":"heun","steps":2}`},
		{"train", "--data", images, "--dry-run"},
		{"bench", "score", "--size", "4", "--runs", "1", "--channels", "1", "--batch", "1"},
	} {
		name := strings.ReplaceAll(strings.Join(args, " "), dir, "")
		for _, n := range []int{0, 20} {
			code, msg := onFull(t, n, syscall.ENOSPC, args...)
			if want := "tweedie: standard output is not complete: no space left on device\n"; code != 1 || !strings.HasSuffix(msg, want) || strings.Count(msg, "tweedie: ") != 1 {
				t.Errorf("%s, %d bytes: code %d, %q; want the line %q", name, n, code, msg, want)
			}
		}
		if code, msg := onFull(t, 0, &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}, args...); code != 1 || strings.Contains(msg, "tweedie: ") {
			t.Errorf("%s: without a reader the code is %d, %q; want 1 and nothing", name, code, msg)
		}
	}
	for _, name := range []string{"solution/results.json", "samples/samples.npy", "demo/report.html"} { // nothing is lost
		if _, err := os.Stat(at(name)); err != nil {
			t.Error(err)
		}
	}
}

// An error of the verb is said as well as that of standard output.
func TestTwoFailures(t *testing.T) {
	out := &stdout{w: &fullDisk{0, syscall.ENOSPC}}
	_, lost := out.Write([]byte("x"))
	failed := errors.New("another fault")
	if err := out.explain(errors.Join(lost, failed)); err == nil || err.Error() != "another fault\nstandard output is not complete: no space left on device" {
		t.Errorf("error %v", err)
	}
}

// The real thing: a full device, and a pipe whose reader has gone.
func TestFullDevice(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /dev/full")
	}
	device, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer device.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	if err := read.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"doctor"}, {"plan", "--prior", "digits8"}, {"zoo", "list"}, {"zoo", "list", "--json"}} {
		for out, want := range map[*os.File]string{device: "tweedie: standard output is not complete: no space left on device\n", write: ""} {
			var msg bytes.Buffer
			c := process(args...)
			c.Stdout, c.Stderr = out, &msg
			if err := c.Run(); c.ProcessState.ExitCode() != 1 || msg.String() != want {
				t.Errorf("%v to %s: %v, %q; want code 1 and %q", args, out.Name(), err, msg.String(), want)
			}
		}
	}
}
