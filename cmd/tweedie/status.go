package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tweedie/infer"
)

// status is a line on standard error that shows how far a run is; nothing when that is not a terminal.
type status struct {
	bar *progressbar.ProgressBar
}

func newStatus(what string, total int) *status {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return &status{}
	}
	return &status{progressbar.NewOptions(total,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)}
}

func (s *status) set(done int) {
	if s.bar != nil {
		_ = s.bar.Set(done) // a status line that cannot be drawn is no reason to stop
	}
}

func (s *status) done() {
	if s.bar != nil {
		_ = s.bar.Finish()
	}
}

// follow is a progress callback that draws a status line.
func follow(what string) (report func(infer.Progress), done func()) {
	var s *status
	return func(p infer.Progress) {
			if s == nil {
				s = newStatus(what, p.Total)
			}
			s.set(p.Done)
		}, func() {
			if s != nil {
				s.done()
			}
		}
}
