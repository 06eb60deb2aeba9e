package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tweedie/internal/disk"
)

// quickSolve is a solve of a few milliseconds.
func quickSolve(t *testing.T, dir string, more ...string) []string {
	t.Helper()
	y := npy(t, dir, "y.npy", []int{1, 4, 4}, half)
	return append([]string{"solve", "--op", averaged, "--y", y, "--sigma", "0.05", "--samples", "3", "--config", `{"rounds":2,"hold":0}`}, more...)
}

// A solve without --out keeps its result, and says where.
func TestSolveKeepsItsResult(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	args := quickSolve(t, dir)
	if out := must(t, args...); !strings.Contains(out, "written: "+filepath.Join("solution", "report.html")) {
		t.Errorf("solve says\n%s", out)
	}
	for _, name := range []string{"report.html", "results.json", "samples.npy", "mean.npy", "std.npy", "mean.png", "std.png", "sample-2.png"} {
		if _, err := os.Stat(filepath.Join("solution", name)); err != nil {
			t.Error(err)
		}
	}
	var res struct{ Out string }
	decodeInto(t, must(t, append(args, "--json", "--samples", "2")...), &res)
	if res.Out != "solution" {
		t.Errorf("the JSON names %q", res.Out)
	}
	if _, err := os.Stat(filepath.Join("solution", "sample-2.png")); err == nil {
		t.Error("a picture of the former result is there still, among those of a run with two samples")
	}
}

// Files in --out that are not of a former result stay; one in the way is named before anything is computed.
func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"notes.txt", "mean.png"} {
		if err := os.WriteFile(filepath.Join(out, name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := quickSolve(t, dir, "--out", out)
	code, _, msg := tweedie(t, args...)
	if want := "--out: the folder " + out + " holds mean.png, which is not on the list of a former result"; code != 1 || !strings.Contains(msg, want) {
		t.Errorf("code %d, %q; want %q", code, msg, want)
	}
	if err := os.Remove(filepath.Join(out, "mean.png")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		must(t, args...)
	}
	must(t, "sample", "--prior", "ring16", "--n", "1", "--out", out)
	if text, err := os.ReadFile(filepath.Join(out, "notes.txt")); err != nil || string(text) != "mine" {
		t.Errorf("notes.txt holds %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(out, "report.html")); err == nil {
		t.Error("the folder of a sample holds the page of a solve")
	}
}

// Every verb that writes a folder, and a state, is refused while another process is at work there.
func TestInUse(t *testing.T) {
	dir := t.TempDir()
	out, state := filepath.Join(dir, "out"), filepath.Join(dir, "state")
	images := npy(t, dir, "images.npy", []int{6, 1, 8, 8}, ramp)
	for _, path := range []string{out, state} {
		l, err := disk.Acquire(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := l.Release(); err != nil {
				t.Error(err)
			}
		}()
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{quickSolve(t, dir, "--out", out), "--out: " + out},
		{quickSolve(t, dir, "--out", filepath.Join(dir, "other"), "--state", state), "--state: " + state},
		{[]string{"calibrate", "--prior", "digits8", "--out", out}, "--out: " + out},
		{[]string{"calibrate", "--prior", "digits8", "--out", filepath.Join(dir, "other"), "--state", state}, "--state: " + state},
		{[]string{"evidence", "--prior", "digits8", "--simulate", "prior", "--out", out}, "--out: " + out},
		{[]string{"sample", "--n", "1", "--out", out}, "--out: " + out},
		{[]string{"demo", "--out", out}, "--out: " + out},
		{[]string{"demo", "--images", "1", "--out", out}, "--out: " + out},
		{[]string{"eval", "--data", images, "--test", images, "--samples", "2", "--out", out}, "--out: " + out},
		{[]string{"train", "--data", images, "--out", out}, "--out: " + out},
	} {
		code, _, msg := tweedie(t, c.args...)
		if code != 1 || !strings.Contains(msg, c.want+" is in use by process ") || strings.Count(msg, "\n") > 3 {
			t.Errorf("%v: code %d, %q", c.args, code, msg)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "other")); err == nil {
		t.Error("a run that was refused left a folder")
	}
}

// An error of writing in the folder of a result names --out and the cause, and what else went wrong.
func TestEndOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	f, err := disk.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	lost := fmt.Errorf("checkpoints: %w", &os.PathError{Op: "write", Path: filepath.Join(f.Path(), ".x.tmp"), Err: syscall.ENOSPC})
	err = endOut(dir, f, errors.Join(context.Canceled, lost))
	if want := "--out: nothing can be written to the folder " + dir + ": no space left on device"; !errors.Is(err, context.Canceled) || without(err, context.Canceled).Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
	other := &os.PathError{Op: "open", Path: "y.npy", Err: syscall.ENOENT}
	if err := endOut(dir, f, other); err.Error() != other.Error() {
		t.Errorf("error %v, want %v", err, other)
	}
	if err := endOut(dir, nil, other); err != error(other) {
		t.Errorf("error %v, want %v", err, other)
	}
}

// A full disk under --state is said of --state, with what would help; other errors stay as they are.
func TestEndState(t *testing.T) {
	state := filepath.Join(t.TempDir(), "st")
	lost := fmt.Errorf("checkpoints: %w", &os.PathError{Op: "write", Path: filepath.Join(filepath.Dir(state), ".st.tweedie-1.tmp"), Err: syscall.ENOSPC})
	err := endState(state, errors.Join(context.Canceled, lost))
	want := "--state: " + state + " cannot be written: no space left on device; free some space, or name a file on another disk"
	if !errors.Is(err, context.Canceled) || without(err, context.Canceled).Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
	other := &os.PathError{Op: "write", Path: "elsewhere/y", Err: syscall.ENOSPC}
	for _, path := range []string{state, ""} {
		if err := endState(path, other); err != error(other) {
			t.Errorf("error %v, want %v", err, other)
		}
	}
}

// --out and --state that name one place are told so, whether it exists or not.
func TestOutIsState(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "os")
	for _, state := range []string{out, filepath.Join(dir, "x", "..", "os") + string(filepath.Separator)} {
		code, _, msg := tweedie(t, quickSolve(t, dir, "--out", out, "--state", state)...)
		if code != 1 || !strings.Contains(msg, "this is the place that --out names") {
			t.Errorf("code %d, %q", code, msg)
		}
	}
}

// A run that fails, or that is killed while it saves, leaves the former result as it was.
func TestFailedRunLeavesResult(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	must(t, quickSolve(t, dir, "--out", out)...)
	before, err := os.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no state"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := tweedie(t, quickSolve(t, dir, "--seed", "1", "--out", out, "--state", text)...); code != 1 {
		t.Fatalf("code %d", code)
	}
	if after, err := os.ReadFile(filepath.Join(out, "results.json")); err != nil || !bytes.Equal(before, after) {
		t.Errorf("results.json is another one (%v)", err)
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 3 {
		t.Errorf("there are %v (%v), want y.npy, out and text", list, err)
	}
}
