// Command tweedie trains score priors on images, draws from them, and turns a measurement into posterior samples
// with an honest uncertainty. Run it without arguments to see what it does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"tweedie/internal/kernel"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main with its arguments and streams; it returns the exit code: 0 only for success, 130 when ctx was
// cancelled and all that was asked for is saved, otherwise 1.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	defer kernel.SetWinograd(kernel.Winograd())
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := execute(ctx, root.ExecuteContext)
	interrupted := errors.Is(err, context.Canceled)
	if interrupted {
		fmt.Fprintln(stderr, "tweedie: interrupted; what was done so far is saved where an output was named")
		err = others(err)
	}
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "tweedie:", err)
		return 1
	case interrupted:
		return 130
	}
	return 0
}

// execute turns a panic, which is a fault of the program and not of its user, into an error that says so.
func execute(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("this is a fault in tweedie; please report it with the lines below\n%v\n%s", p, debug.Stack())
		}
	}()
	return f(ctx)
}

// others is what an error joins besides the cancellation: that the partial result could not be saved, for instance.
func others(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var rest []error
		for _, e := range joined.Unwrap() {
			rest = append(rest, others(e))
		}
		return errors.Join(rest...)
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
