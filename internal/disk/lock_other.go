//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package disk

import "os"

func tryLock(*os.File) error { return errNoLocks }
