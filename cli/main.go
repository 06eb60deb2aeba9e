// Package cli is the command tweedie as a library: the verbs, their flags, and what they print. A program that imports
// packages which register operators, methods or priors of its own beside it is a tweedie that knows them:
//
//	package main
//
//	import (
//		"tweedie/cli"
//
//		_ "example.org/telescope"
//	)
//
//	func main() { cli.Main() }
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// Main runs the command that os.Args names and ends the process with its exit code: 0 for success, 130 after an
// interruption, whether or not there was a result to save, 2 when help is asked for what there is not, and 1 for any other
// failure, such as a result that could not be saved.
func Main() {
	ctx, stop := withSignals(context.Background())
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run does what Main does, with given arguments and streams, and returns the exit code: 0 only for success, 130 when
// ctx was cancelled and nothing else failed, 2 for help on what there is not, otherwise 1. A write to out that fails is a failure of the command, but of
// a pipe whose reader has gone run says nothing.
func run(ctx context.Context, args []string, out, stderr io.Writer) int {
	defer autodiff.SetDefaultConvolutions(autodiff.DefaultConvolutions())
	stderr = &clean{stderr}
	o := &options{stderr: stderr, width: terminalWidth(out), warned: map[string]bool{}}
	root := newRoot(o)
	output := &stdout{w: &clean{out}, width: o.width}
	root.SetArgs(args)
	root.SetOut(output)
	root.SetErr(stderr)
	err := execute(ctx, root.ExecuteContext)
	if o.stop != nil {
		o.stop()
	}
	interrupted := errors.Is(err, context.Canceled)
	if interrupted {
		kept := "nothing was written"
		if o.saved {
			kept = "what was done so far is saved"
		}
		fmt.Fprintln(stderr, "tweedie: interrupted;", kept)
		err = without(err, context.Canceled)
	}
	err = output.explain(err)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "tweedie:", told(err))
		if _, ok := errors.AsType[topicError](err); ok {
			return 2
		}
		return 1
	case output.err != nil:
		return 1
	case interrupted:
		return 130
	}
	return 0
}

// errFault marks a report of a panic, which has many lines.
var errFault = errors.New("this is a fault in tweedie")

// execute turns a panic, which is a fault of the program and not of its user, into an error that says so. An operator that
// fails is no fault of ours.
func execute(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w; please report it with the lines below\n%v\n%s", errFault, p, debug.Stack())
		}
	}()
	defer inverse.CatchOperator(&err)
	return f(ctx)
}

// without returns what an error joins besides one error: that the partial result of a cancelled run could not be saved,
// for instance.
func without(err, besides error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var rest []error
		for _, e := range joined.Unwrap() {
			rest = append(rest, without(e, besides))
		}
		return errors.Join(rest...)
	}
	if errors.Is(err, besides) {
		return nil
	}
	return err
}
