// Command tweedie trains score priors on images, draws from them, and turns a measurement into posterior samples
// with an honest uncertainty. Run it without arguments to see what it does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run(os.Args[1:])) }

// run is main with arguments; it returns the exit code: 0 only for success, 130 after Ctrl-C, otherwise 1.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "tweedie: interrupted; what was done so far is saved where an output was named")
		return 130
	}
	fmt.Fprintln(os.Stderr, "tweedie:", err)
	return 1
}
