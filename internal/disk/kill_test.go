package disk

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

// A process that exchanges results is killed again and again. Where the system exchanges folders in one step, a whole
// result stands there after every kill; with a file of somebody else in the folder it does after the next Begin. The
// next run leaves nothing of the killed one.
func TestKill(t *testing.T) {
	for _, foreign := range []string{"", "notes.txt"} {
		t.Run("beside "+foreign, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "result")
			if err := commit(dir, 0); err != nil {
				t.Fatal(err)
			}
			if foreign != "" {
				if err := os.WriteFile(filepath.Join(dir, foreign), []byte("mine"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			kills, seen := 15, map[int]bool{}
			for round := range kills {
				c := child(t, "commit", dir)
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(20+9*round) * time.Millisecond)
				kill(t, c)
				if foreign == "" && runtime.GOOS == "linux" {
					whole(t, dir, foreign)
				}
				f, err := Begin(dir, "part-*")
				if err != nil {
					t.Fatal(err)
				}
				if err := f.Abort(); err != nil {
					t.Fatal(err)
				}
				seen[whole(t, dir, foreign)] = true
				if names := left(t, parent); !slices.Equal(names, []string{"result"}) {
					t.Fatalf("left behind: %v", names)
				}
			}
			if len(seen) < 2 {
				t.Errorf("after %d kills the results were %v: no process came to commit", kills, seen)
			}
			if foreign == "" {
				return
			}
			if text, err := os.ReadFile(filepath.Join(dir, foreign)); err != nil || string(text) != "mine" {
				t.Errorf("the file of somebody else holds %q, %v", text, err)
			}
		})
	}
}

// Whatever step a kill interrupts while files are moved one by one, the next Begin finds the former result or the new one.
func TestRecoverPlaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "result")
	if err := commit(dir, 3); err != nil { // six files
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c := holding(t, dir)
	pid := c.Process.Pid
	kill(t, c)
	stage := deadTemp(t, dir, pid)
	aside := stage[:len(stage)-len(".tmp")] + placedExt
	for _, d := range []string{stage, aside} {
		if err := os.RemoveAll(d); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	// New are part-0 and part-9; the old part-0 is aside, the new ones are in place, the manifest is not.
	if err := writeManifest(stage, []string{"part-0", "part-9"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{Manifest, "part-0", "sub/part-1"} {
		if err := renameUnder(dir, aside, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"part-0", "part-9"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("99"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Begin(dir, "part-*")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := whole(t, dir, "notes.txt"); got != 3 {
		t.Errorf("result %d, want the former one, 3", got)
	}
}

// A former folder that went aside comes back when the new one did not come.
func TestRecoverSwapped(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "result")
	if err := commit(dir, 5); err != nil {
		t.Fatal(err)
	}
	c := holding(t, dir)
	pid := c.Process.Pid
	kill(t, c)
	stage := deadTemp(t, dir, pid)
	if err := os.Rename(dir, asideOf(stage)); err != nil {
		t.Fatal(err)
	}
	if err := commit(filepath.Join(parent, "other"), 1); err != nil {
		t.Fatal(err)
	}
	f, err := Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := whole(t, dir, ""); got != 5 {
		t.Errorf("result %d, want the former one, 5", got)
	}
	if names := left(t, parent); !slices.Equal(names, []string{"other", "result"}) {
		t.Errorf("left behind: %v", names)
	}
}
