package train

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tweedie/checkpoints"
	"tweedie/rng"
)

const childFolder = "TWEEDIE_TRAIN_CHILD"

// killConfig returns a config that saves after every second step.
func killConfig() Config {
	c := toyConfig()
	c.Steps, c.SaveEvery = 500, 24
	return c
}

// TestMain trains in the folder that the environment names, when it names one: that process is the child of TestKill.
func TestMain(m *testing.M) {
	dir := os.Getenv(childFolder)
	if dir == "" {
		os.Exit(m.Run())
	}
	s := newToy().setup(killConfig(), dir)
	s.Progress = func(Progress) { time.Sleep(time.Millisecond / 2) } // or a fast disk would be through too soon
	t, err := New(s)
	if err == nil {
		_, err = t.Run(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestKill checks that a process that is killed with signal 9 at random moments, and started again until it is
// complete, leaves the bytes of one that was left alone. At every moment the state on disk is whole, and never older
// than before.
func TestKill(t *testing.T) {
	want, lines, _ := whole(t, killConfig())
	dir := t.TempDir()
	path := filepath.Join(dir, "state.safetensors")
	r := rng.New(3).Stream()
	kills, through := 0, false
	var last int64
	for try := 0; try < 60 && !through; try++ {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childFolder+"="+dir)
		var log bytes.Buffer
		child.Stderr = &log
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- child.Wait() }()
		patience := time.Duration(15+r.Intn(60)) * time.Millisecond
		if kills >= 20 {
			patience = time.Minute // a slow machine has shown enough
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("the child failed: %v\n%s", err, log.Bytes())
			}
			through = true
		case <-time.After(patience):
			_ = child.Process.Kill() // an error says that it has just ended by itself; the next one finds that out
			<-ended
			kills++
		}
		last = wholeState(t, path, last)
	}
	if !through || kills < 3 {
		t.Fatalf("killed %d times, through: %v", kills, through)
	}
	if !bytes.Equal(stateBytes(t, dir), want) {
		t.Errorf("after %d kills the state differs from that of one run", kills)
	}
	if got := stats(t, dir); !sameStats(got, lines) {
		t.Errorf("after %d kills there are %d lines of statistics, want %d", kills, len(got), len(lines))
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 2 {
		t.Errorf("files left: %v, %v", list, err)
	}
	t.Logf("killed %d times, the last state before the end was of step %d", kills, last)
}

// wholeState checks that the state at path, if there is one, can be read to its last byte and is not older than step,
// and returns its step.
func wholeState(t *testing.T, path string, step int64) int64 {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		return step
	}
	f, err := checkpoints.Open(path)
	if err != nil {
		t.Fatalf("half-written: %v", err)
	}
	defer f.Close()
	for _, x := range f.Tensors() {
		if _, err := x.Bytes(); err != nil {
			t.Fatalf("half-written: %v", err)
		}
	}
	info, err := f.Info()
	if err != nil || info.Step < step {
		t.Fatalf("step %d after %d: %v", info.Step, step, err)
	}
	return info.Step
}
