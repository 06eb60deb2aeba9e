//go:build !unix

package cli

import "os"

// hangups are the signals of a terminal that closes; where it sends an interrupt or SIGTERM there are none.
var hangups []os.Signal

func ignoreBrokenPipes() {}
