//go:build !unix

package cli

import "os"

// hangups lists no signal, because a terminal that closes sends an interrupt or SIGTERM here.
var hangups []os.Signal

// ignoreBrokenPipes does nothing, because no signal tells of a broken pipe here.
func ignoreBrokenPipes() {}
