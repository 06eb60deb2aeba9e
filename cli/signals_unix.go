//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// hangups lists the signals of a terminal that closes.
var hangups = []os.Signal{syscall.SIGHUP}

// ignoreBrokenPipes makes a write to a pipe fail when its reader has gone, and the process go on.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
