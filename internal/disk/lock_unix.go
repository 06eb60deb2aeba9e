//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package disk

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks f for this process, which loses the lock when it ends in whatever way. It returns errNoLocks where the
// file system has none, and another error when another process holds the lock.
func tryLock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err == nil || errors.Is(err, syscall.EWOULDBLOCK):
			return err
		}
		return errNoLocks
	}
}
