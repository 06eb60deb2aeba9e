package checkpoints

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const killVar = "CHECKPOINTS_TEST_SAVE_TO"

// TestMain turns the test binary into a process that saves without end when asked to; see TestKill.
func TestMain(m *testing.M) {
	path := os.Getenv(killVar)
	if path == "" {
		os.Exit(m.Run())
	}
	for i := int64(0); ; i++ {
		data := make([]int64, 1<<16)
		for k := range data {
			data[k] = i
		}
		var f File
		if f.Add(FromInt64("x", []int{len(data)}, data)) != nil || Save(path, &f, SaveOptions{}) != nil {
			os.Exit(1)
		}
	}
}

// TestKill kills a saving process again and again: what lies there is always one whole file, and the next save removes
// what the killed one had begun.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.safetensors")
	for round := range 12 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), killVar+"="+path)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if _, err := os.Stat(path); err == nil {
				break
			}
		}
		time.Sleep(time.Duration(3+7*round) * time.Millisecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		x, err := ReadArray(path)
		if err != nil {
			t.Fatal(err)
		}
		v, err := x.Int64s()
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range v {
			if n != v[0] {
				t.Fatalf("a mixture of saves %d and %d", v[0], n)
			}
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) < 2 {
		t.Logf("no kill left a temporary file: %v, %v", list, err)
	}
	if err := AtomicWriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "x.safetensors", "new")
}
