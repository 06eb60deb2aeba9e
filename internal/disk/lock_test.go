package disk

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The second run is refused in words that name the first; a killed one is taken over, and nothing is left at the end.
func TestLock(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "run")
	c := holding(t, dir)
	_, err := Acquire(dir)
	var busy *BusyError
	if !errors.As(err, &busy) || busy.Owner.PID != c.Process.Pid || time.Since(busy.Owner.Since) > time.Minute {
		t.Fatalf("error %v, want that process %d is at work", err, c.Process.Pid)
	}
	if text := err.Error(); !strings.Contains(text, fmt.Sprintf("in use by process %d on host %s, for ", c.Process.Pid, hostname())) {
		t.Errorf("the error is %q", text)
	}
	if _, err := Begin(dir); !errors.As(err, &busy) {
		t.Errorf("a second result began: %v", err)
	}
	kill(t, c)
	f, err := Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	if f.Former == nil || f.Former.PID != c.Process.Pid {
		t.Errorf("taken over from %v, want process %d", f.Former, c.Process.Pid)
	}
	if err := f.Abort(); err != nil {
		t.Fatal(err)
	}
	if names := left(t, parent); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
}

// A folder has one lock under all its names, and it is free once it is released.
func TestLockOfOneFolder(t *testing.T) {
	parent := t.TempDir()
	dir, link := filepath.Join(parent, "run"), filepath.Join(parent, "link")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	l, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, name := range []string{dir, link, ".", filepath.Join(link, "..", "run")} {
		if _, err := Acquire(name); err == nil {
			t.Errorf("%s was locked twice", name)
		}
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if l, err = Acquire(link); err != nil || l.Former != nil {
			t.Fatalf("%v, %v", l, err)
		}
		if err := l.Release(); err != nil {
			t.Fatal(err)
		}
	}
}

// An owner on another host keeps the lock as long as it shows signs of life.
func TestLockOfAnotherHost(t *testing.T) {
	target := filepath.Join(t.TempDir(), "state")
	path := lockPath(target)
	text, err := json.Marshal(Owner{PID: 7, Host: hostname() + "x", Since: time.Now().Add(-time.Hour), Command: "tweedie train"})
	if err != nil {
		t.Fatal(err)
	}
	for silent, free := range map[time.Duration]bool{0: false, silence / 2: false, 2 * silence: true} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		last := time.Now().Add(-silent)
		if err := os.Chtimes(path, last, last); err != nil {
			t.Fatal(err)
		}
		l, err := acquire(path, target)
		switch {
		case free && (err != nil || l.Former == nil || l.Former.PID != 7):
			t.Errorf("silent for %s: %v", silent, err)
		case !free && err == nil:
			t.Errorf("the lock of another host was taken %s after its last sign of life", silent)
		case !free && !strings.Contains(err.Error(), `for 1h0m0s, "tweedie train"`):
			t.Errorf("the error is %q", err)
		}
		if err := l.Release(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil { // an owner that was killed before it signed
		t.Fatal(err)
	}
	l, err := acquire(path, target)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
}
