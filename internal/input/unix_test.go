//go:build unix

package input

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestOpenDoesNotWait opens pipes, sockets and devices, which would wait or never end.
func TestOpenDoesNotWait(t *testing.T) {
	dir, err := os.MkdirTemp("", "in") // short: the names of sockets are bounded
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	pipe, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "socket")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		for path, kind := range map[string]string{pipe: "a pipe", link: "a pipe", socket: "a socket", "/dev/zero": "a device", "/dev/null": "a device"} {
			_, _, err := Open(path)
			oneLine(t, path, err, path, kind)
			_, err = ReadFile(path, 10)
			oneLine(t, path, err, path, kind)
			_, err = Stat(path)
			oneLine(t, path, err, path, kind)
		}
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("still waiting after 5 s")
	}
}

func TestOpenUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	path := write(t, "a", "abc")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	_, _, err := Open(path)
	oneLine(t, "unreadable", err, path, "permission denied")
}
