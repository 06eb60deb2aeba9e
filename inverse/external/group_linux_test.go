package external_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"tweedie/inverse/internal/optest"
)

// A program that hangs is killed when the process that runs it is.
func TestProgramsDieWithUs(t *testing.T) {
	place := filepath.Join(t.TempDir(), "pid")
	command := optest.Command("parent " + place)
	parent := exec.Command(command[0], command[1:]...)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "asking\n" {
		t.Fatalf("the parent says %q (%v)", line, err)
	}
	var pid int
	for end := time.Now().Add(time.Minute); pid == 0; time.Sleep(10 * time.Millisecond) {
		text, _ := os.ReadFile(place)
		if pid, _ = strconv.Atoi(string(text)); pid == 0 && time.Now().After(end) {
			t.Fatal("the program says nothing")
		}
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	// Whoever inherits the program may take its time to bury it, so that a zombie counts as dead.
	for end := time.Now().Add(time.Minute); syscall.Kill(pid, 0) == nil && !zombie(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the program lives on")
		}
	}
}

// zombie tells whether a process has ended and is not buried.
func zombie(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == ')' {
			return i+2 < len(text) && text[i+2] == 'Z'
		}
	}
	return false
}
