//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// listening starts a process that says how signals reach it, by a shell when there is a script, and returns its lines.
func listening(t *testing.T, script string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	c := exec.Command(os.Args[0])
	if script != "" {
		c = exec.Command("sh", "-c", script, os.Args[0])
	}
	c.Env = append(os.Environ(), childSignals+"=1")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	r := bufio.NewReader(out)
	expect(t, r, "ready")
	return c, r
}

func expect(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if line, err := r.ReadString('\n'); line != want+"\n" {
		t.Fatalf("the process says %q, %v; want %q", line, err, want)
	}
}

func send(t *testing.T, c *exec.Cmd, signals ...syscall.Signal) {
	t.Helper()
	for _, s := range signals {
		if err := c.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
}

// The first signal cancels, and a second interrupt ends the process at once; a second hangup does not.
func TestSignals(t *testing.T) {
	for _, first := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(first) {
			continue // as the tests are run under nohup, which their processes inherit
		}
		c, r := listening(t, "")
		send(t, c, first)
		expect(t, r, "cancelled")
		time.Sleep(50 * time.Millisecond) // until the first signal's handler is gone
		send(t, c, syscall.SIGHUP)
		time.Sleep(50 * time.Millisecond)
		send(t, c, syscall.SIGINT)
		_ = c.Wait()
		if s := c.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGINT {
			t.Errorf("after %s, a hangup and an interrupt the process ended with %s, want by the interrupt", first, c.ProcessState)
		}
	}
}

// The first interrupt says on standard error that it was heard.
func TestInterruptIsHeard(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childSignals+"=1")
	told, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	expect(t, bufio.NewReader(out), "ready")
	send(t, c, syscall.SIGINT)
	expect(t, bufio.NewReader(told), strings.TrimSuffix(heardText(false), "\n"))
}

// Under nohup a hangup is no signal to end.
func TestNohup(t *testing.T) {
	c, r := listening(t, `trap "" HUP; exec "$0"`)
	send(t, c, syscall.SIGHUP)
	said := make(chan string)
	go func() { line, _ := r.ReadString('\n'); said <- line }()
	select {
	case line := <-said:
		t.Fatalf("after a hangup under nohup the process says %q", line)
	case <-time.After(200 * time.Millisecond):
	}
	send(t, c, syscall.SIGTERM)
	if line := <-said; line != "cancelled\n" {
		t.Errorf("after SIGTERM the process says %q", line)
	}
}

// A background job of a script is started with interrupts ignored; they cancel it all the same, and a second one ends it.
func TestInterruptedBackgroundJob(t *testing.T) {
	c, r := listening(t, `trap "" INT; exec "$0"`)
	send(t, c, syscall.SIGINT)
	expect(t, r, "cancelled")
	time.Sleep(50 * time.Millisecond) // until the first signal's handler is gone
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	send(t, c, syscall.SIGINT)
	select {
	case <-ended:
		if code := c.ProcessState.ExitCode(); code != 1 {
			t.Errorf("after a second interrupt %s, want code 1", c.ProcessState)
		}
	case <-time.After(10 * time.Second):
		t.Error("a second interrupt does not end a process that was started to ignore it")
	}
}

// A training run whose terminal closes saves, although the hangup comes twice and nobody reads its output.
func TestHangup(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("the tests are run under nohup, which their processes inherit")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	args := []string{"train", "--data", waves(t, dir, 30), "--config", tinyTraining, "--steps", "100000", "--out", out}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	c := process(args...)
	c.Stdout, c.Stderr = write, write
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	<-soon(t, filepath.Join(out, "state.safetensors")).Done()
	if err := read.Close(); err != nil {
		t.Fatal(err)
	}
	send(t, c, syscall.SIGHUP, syscall.SIGHUP)
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != 1 { // its last lines were lost
		t.Errorf("%s, want code 1", c.ProcessState)
	}
	if _, err := os.Stat(filepath.Join(out, "model.safetensors")); err != nil {
		t.Error(err)
	}
	onlyVisible(t, dir)
	onlyVisible(t, out)
}

// onlyVisible fails when a folder holds locks or temporary files.
func onlyVisible(t *testing.T, dir string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name(), ".") && e.Name() != ".tweedie.json" {
			t.Errorf("%s was left behind in %s", e.Name(), dir)
		}
	}
}

// The second run on a folder is refused; when the first was killed it takes over, says so, and leaves nothing behind.
func TestTwoRuns(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	data := waves(t, dir, 30)
	args := []string{"train", "--data", data, "--config", tinyTraining, "--steps", "100000", "--out", out}
	c := process(args...)
	var log bytes.Buffer
	c.Stderr = &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	<-soon(t, filepath.Join(out, "state.safetensors")).Done()
	patience, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code, _, msg := tweedieIn(t, patience, args...)
	for _, want := range []string{"--out: " + out + " is in use by process ", " on host ", "tweedie train --data"} {
		if code != 1 || !strings.Contains(msg, want) {
			t.Errorf("a second run: code %d, %q; want %q", code, msg, want)
		}
	}
	send(t, c, syscall.SIGKILL)
	_ = c.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	want := fmt.Sprintf("%s was in use by process %d on host ", out, c.Process.Pid)
	if code, _, msg = tweedieIn(t, ctx, args...); code == 0 || !strings.Contains(msg, want) || !strings.Contains(msg, "which has ended; taken over") {
		t.Errorf("after a kill: code %d, %q; want %q", code, msg, want)
	}
	onlyVisible(t, dir)
	onlyVisible(t, out)
}
