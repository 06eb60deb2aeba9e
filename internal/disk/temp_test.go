package disk

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// deadTemp returns the name of a temporary of target that a process which has ended would have made.
func deadTemp(t *testing.T, target string, pid int) string {
	t.Helper()
	return strings.Replace(TempPath(target), fmt.Sprintf("-%d-", os.Getpid()), fmt.Sprintf("-%d-", pid), 1)
}

// RemoveStale removes what dead processes left for the target, and neither a living one's nor another target's.
func TestRemoveStale(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "state")
	c := holding(t, filepath.Join(t.TempDir(), "x"))
	living := c.Process.Pid
	d := holding(t, filepath.Join(t.TempDir(), "x"))
	dead := d.Process.Pid
	kill(t, d)
	elsewhere := func(age time.Duration) string {
		path := strings.Replace(TempPath(target), hostTag(), "0000000f", 1)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keep := []string{target, TempPath(target), deadTemp(t, target, living), deadTemp(t, target+"2", dead), elsewhere(time.Hour), filepath.Join(dir, ".state.tweedie-x.tmp")}
	drop := []string{deadTemp(t, target, dead), elsewhere(25 * time.Hour)}
	for _, path := range append(drop[:1:1], keep...) {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveStale(target); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, path := range keep {
		want = append(want, filepath.Base(path))
	}
	slices.Sort(want)
	if got := left(t, dir); !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	if err := RemoveStale(filepath.Join(dir, "none", "x")); err != nil {
		t.Error(err)
	}
	if long := filepath.Join(dir, strings.Repeat("ä", 120)); writeFile(TempPath(long), nil) != nil {
		t.Error("a target with a long name has no temporary")
	}
}
