package disk

import (
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// longestBase bounds the part of a temporary's name that it shares with its target, in bytes; file systems allow 255.
const longestBase = 180

// foreignAge is how long a temporary of another host, whose processes cannot be seen from here, is left alone.
const foreignAge = 24 * time.Hour

// TempPath returns a new name beside target for what will take its place:
// .BASE.tweedie-HOST-PID-RANDOM.tmp, with a hash of the host's name.
func TempPath(target string) string {
	dir, base := filepath.Split(target)
	return filepath.Join(dir, fmt.Sprintf("%s%s-%d-%s.tmp", tempPrefix(base), hostTag(), os.Getpid(), rand.Text()[:8]))
}

func tempPrefix(base string) string {
	if len(base) > longestBase {
		base = strings.ToValidUTF8(base[:longestBase], "")
	}
	return "." + base + ".tweedie-"
}

func hostTag() string {
	h := fnv.New32a()
	h.Write([]byte(hostname()))
	return fmt.Sprintf("%08x", h.Sum32())
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// RemoveStale deletes the temporaries of target whose process is gone: those of this host at once, those of another host
// a day after their last change. A folder that does not exist has nothing to delete.
func RemoveStale(target string) error {
	stale, err := leftBehind(target, ".tmp")
	if err != nil {
		return err
	}
	for _, path := range stale {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// leftBehind returns the paths of the temporaries of target that end with ext and whose process is gone.
func leftBehind(target, ext string) (paths []string, err error) {
	dir, base := filepath.Split(target)
	list, err := os.ReadDir(filepath.Clean(dir))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		rest, ours := strings.CutPrefix(e.Name(), tempPrefix(base))
		rest, ends := strings.CutSuffix(rest, ext)
		if ours && ends && ownerGone(rest, e) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

// ownerGone reports whether the process that a temporary's HOST-PID-RANDOM names has ended.
func ownerGone(owner string, e os.DirEntry) bool {
	parts := strings.Split(owner, "-")
	if len(parts) != 3 {
		return false
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil {
		return false
	}
	if parts[0] == hostTag() && processesSeen {
		return !alive(pid)
	}
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) > foreignAge
}
