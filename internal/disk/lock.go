package disk

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Lock is the right of one process to work on a file or folder.
type Lock struct {
	Former *Owner // the process that held it last and ended without releasing it; nil for none

	file *os.File
	path string
	stop chan struct{}
	beat sync.WaitGroup
}

// The file of a held lock is written again after every heartbeat. An owner on another host that has shown no sign of
// life for silence has lost it.
const (
	heartbeat = 10 * time.Second
	silence   = time.Minute
)

// errNoLocks says that the file system or the operating system has no locks.
var errNoLocks = errors.New("no locks here")

// Acquire takes the lock of target, a file or a folder, which need not exist; the folder that holds it must. The lock is
// a hidden file beside target, or inside a folder that nothing can be moved into from beside it, with the Owner in JSON. A
// lock that another process holds is a *BusyError. That of a process which ended without releasing it is taken over, and
// Former tells whose it was. On one host the operating system knows whether the process lives, whatever its number; of
// another host a sign of life every minute is wanted.
func Acquire(target string) (*Lock, error) {
	resolved, err := resolve(target)
	if err != nil {
		return nil, err
	}
	return acquire(lockPath(resolved), target)
}

// lockPath is the name of the lock of a resolved target.
func lockPath(target string) string {
	const ext = ".tweedie.lock"
	if info, err := os.Stat(target); err == nil && info.IsDir() && !beside(target) {
		return filepath.Join(target, ext)
	}
	dir, base := filepath.Split(target)
	return filepath.Join(dir, strings.TrimSuffix(tempPrefix(base), ".tweedie-")+ext)
}

func acquire(path, target string) (*Lock, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		l, err := claim(f, path, target)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if l != nil {
			return l, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// claim takes the lock of an open file; nil without an error when the file lost its name to another meanwhile.
func claim(f *os.File, path, target string) (*Lock, error) {
	held, locked := tryLock(f), true
	if errors.Is(held, errNoLocks) {
		held, locked = nil, false
	}
	former, changed, err := readOwner(f)
	if err != nil {
		return nil, err
	}
	if held != nil {
		return nil, &BusyError{target, former}
	}
	opened, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if now, err := os.Stat(path); err != nil || !os.SameFile(opened, now) {
		return nil, nil
	}
	l := &Lock{file: f, path: path, stop: make(chan struct{})}
	if former.PID != 0 {
		here := former.Host == hostname()
		gone := here && (locked || processesSeen && !alive(former.PID))
		if !gone && time.Since(changed) < silence {
			return nil, &BusyError{target, former}
		}
		l.Former = &former
	}
	text, err := json.Marshal(Owner{os.Getpid(), hostname(), time.Now().Round(0), strings.Join(os.Args, " ")})
	if err != nil {
		return nil, err
	}
	if err := l.sign(text); err != nil {
		return nil, err
	}
	l.beat.Add(1)
	go l.live(text)
	return l, nil
}

func (l *Lock) sign(text []byte) error {
	_, err := l.file.WriteAt(text, 0)
	return errors.Join(err, l.file.Truncate(int64(len(text))))
}

// live writes the owner's text again and again until the lock is released. A sign that cannot be written is missed only
// by other hosts.
func (l *Lock) live(text []byte) {
	defer l.beat.Done()
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-t.C:
			_ = l.sign(text)
		}
	}
}

// Release gives the lock back and removes its file. A nil Lock has nothing to give.
func (l *Lock) Release() error {
	if l == nil {
		return nil
	}
	close(l.stop)
	l.beat.Wait()
	removed := os.Remove(l.path) // before it is unlocked, where an open file can be removed
	err := l.file.Close()
	if removed != nil {
		removed = ignoreMissing(os.Remove(l.path))
	}
	return errors.Join(err, removed)
}
