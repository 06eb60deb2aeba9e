//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// hangups are the signals of a terminal that closes.
var hangups = []os.Signal{syscall.SIGHUP}

func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
