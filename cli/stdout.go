package cli

import (
	"errors"
	"fmt"
	"io"
	"syscall"
)

// stdout writes to standard output and remembers the first write that failed, so that no verb needs to look at each.
type stdout struct {
	w     io.Writer
	width int // columns of the terminal that it is; 0 for none
	err   error
}

// Write writes b and notes an error.
func (s *stdout) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err != nil && s.err == nil {
		s.err = err
	}
	return n, err
}

// brokenPipe reports whether the reader of a pipe has gone, which is no fault that it wants to read of.
func (s *stdout) brokenPipe() bool { return errors.Is(s.err, syscall.EPIPE) }

// explain returns what the error of a verb joins besides the failed write, and with it the failed write in words; not the
// broken pipe.
func (s *stdout) explain(err error) error {
	if s.err == nil {
		return err
	}
	err = without(err, s.err)
	if s.brokenPipe() {
		return err
	}
	return errors.Join(err, fmt.Errorf("standard output is not complete: %w", cause(s.err)))
}
