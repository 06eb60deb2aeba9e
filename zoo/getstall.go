package zoo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// impatient is a transport that gives up when nothing comes for so long: neither the header of an answer nor the next bytes
// of its body. An answer may take for ever as long as it goes on.
type impatient struct {
	base http.RoundTripper
	wait time.Duration
}

// stalledError says that a server sent nothing for so long.
type stalledError struct{ wait time.Duration }

func (e stalledError) Error() string { return fmt.Sprintf("nothing came for %v", e.wait) }

// RoundTrip implements http.RoundTripper.
func (t *impatient) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	clock := time.AfterFunc(t.wait, func() { cancel(stalledError{t.wait}) })
	resp, err := t.base.RoundTrip(req.WithContext(ctx))
	clock.Stop()
	if err != nil {
		err = stalled(ctx, err)
		cancel(err)
		return nil, err
	}
	resp.Body = &impatientBody{resp.Body, ctx, cancel, clock, t.wait}
	return resp, nil
}

// stalled returns why a request that failed was cancelled, where it was for stalling, and otherwise its error.
func stalled(ctx context.Context, err error) error {
	if s, ok := context.Cause(ctx).(stalledError); ok && err != io.EOF {
		return s
	}
	return err
}

// impatientBody cancels the request of an answer when a read of its body waits for too long.
type impatientBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	clock  *time.Timer
	wait   time.Duration
}

// Read reads what has come; the clock runs only while it waits.
func (b *impatientBody) Read(p []byte) (int, error) {
	b.clock.Reset(b.wait)
	n, err := b.ReadCloser.Read(p)
	b.clock.Stop()
	if err != nil {
		err = stalled(b.ctx, err)
	}
	return n, err
}

// Close ends the request.
func (b *impatientBody) Close() error {
	b.clock.Stop()
	err := b.ReadCloser.Close()
	b.cancel(context.Canceled)
	return err
}
