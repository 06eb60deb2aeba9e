package disk

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	childVar = "DISK_TEST_CHILD"
	dirVar   = "DISK_TEST_DIR"
)

// TestMain turns the test binary into a child that does what the environment says, without end.
func TestMain(m *testing.M) {
	dir := os.Getenv(dirVar)
	switch os.Getenv(childVar) {
	case "":
		os.Exit(m.Run())
	case "commit":
		for i := 0; ; i++ {
			if err := commit(dir, i); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	case "hold":
		f, err := Begin(dir)
		if err == nil {
			err = writeFile(filepath.Join(f.Path(), "part"), []byte("half"))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("holding")
		time.Sleep(time.Hour)
	}
}

// generation is the number of files of the result i, so that each has a file which the next has not.
func generation(i int) int { return 3 + i%4 }

// commit puts result i in dir: files of which each holds i.
func commit(dir string, i int) error {
	f, err := Begin(dir, "part-*")
	if err != nil {
		return err
	}
	for k := range generation(i) {
		sub := f.Path()
		if k%2 == 1 {
			sub = filepath.Join(sub, "sub")
			if err := os.MkdirAll(sub, 0o777); err != nil {
				return err
			}
		}
		if err := writeFile(filepath.Join(sub, fmt.Sprintf("part-%d", k)), fmt.Append(nil, i)); err != nil {
			return err
		}
	}
	return f.Commit()
}

// whole fails unless dir holds exactly one result, besides the file that is named, and returns its number.
func whole(t *testing.T, dir, foreign string) int {
	t.Helper()
	names, err := listFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	result, parts := -1, 0
	for _, name := range names {
		if name == Manifest || name == foreign {
			continue
		}
		text, err := os.ReadFile(under(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		if _, err := fmt.Sscan(string(text), &i); err != nil || result >= 0 && i != result {
			t.Fatalf("a mixture: %s holds %q, another file %d (%v)", name, text, result, names)
		}
		result = i
		parts++
	}
	if parts != generation(result) {
		t.Fatalf("result %d has the files %v", result, names)
	}
	return result
}

// child starts the test binary as a process with a task in dir.
func child(t *testing.T, task, dir string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childVar+"="+task, dirVar+"="+dir)
	c.Stderr = new(bytes.Buffer)
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return c
}

// holding starts a child that has begun a result in dir, and returns it with the lock held.
func holding(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	c := child(t, "hold", dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 7)
	if _, err := out.Read(said); err != nil || !strings.HasPrefix("holding", string(said)) {
		t.Fatalf("the child says %q, %v: %s", said, err, c.Stderr)
	}
	return c
}

func kill(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatalf("%v: %s", err, c.Stderr)
	}
	_ = c.Wait()
}

// left returns the names in dir.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}
