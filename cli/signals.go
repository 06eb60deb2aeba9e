package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// withSignals returns a context that the first signal to end cancels, which standard error says: what is done so far is then saved. A second
// interrupt or SIGTERM ends the process at once, and the files stay as they were before the save; a second hangup does
// nothing, because a terminal that closes sends it twice. A hangup that the process was started to ignore, as under
// nohup, stays ignored. An interrupt does not: scripts start their background jobs so. A pipe whose reader has gone makes
// writes fail, and does not kill a process that has files to save.
func withSignals(ctx context.Context) (context.Context, context.CancelFunc) {
	ignoreBrokenPipes()
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	background := signal.Ignored(os.Interrupt)
	for _, s := range hangups {
		if !signal.Ignored(s) {
			signals = append(signals, s)
		}
	}
	ctx, stop := context.WithCancel(ctx)
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, signals...)
	go func() {
		select {
		case <-heard:
			if len(hangups) > 0 {
				signal.Ignore(hangups...)
			}
			if background {
				endOnInterrupt()
			}
			signal.Stop(heard)
			fmt.Fprint(os.Stderr, heardText(term.IsTerminal(int(os.Stderr.Fd()))))
			stop()
		case <-ctx.Done():
			signal.Stop(heard)
		}
	}()
	return ctx, stop
}

// heardText says that the first signal was heard, on a line of its own below what a terminal shows.
func heardText(terminal bool) string {
	const text = "tweedie: interrupt heard; what is done so far will be kept, if there is any, and then this ends; a second Ctrl-C ends it at once\n"
	if terminal {
		return "\n" + text
	}
	return text
}

// endOnInterrupt ends the process with code 1 at the next interrupt. It is for a process that was started with interrupts
// ignored, which would ignore the next one again; any other process is ended by the signal itself.
func endOnInterrupt() {
	next := make(chan os.Signal, 1)
	signal.Notify(next, os.Interrupt)
	go func() {
		<-next
		os.Exit(1)
	}()
}
