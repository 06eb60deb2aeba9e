package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tweedie/infer"
	"tweedie/internal/plan"
	"tweedie/train"
)

// status shows how far a run is, in a line on standard error; it shows nothing when that is no terminal.
type status struct {
	bar *progressbar.ProgressBar
}

// redraws reports whether a line can be drawn again: on a terminal, and not on one that only writes on, as TERM=dumb says.
func redraws(terminal bool) bool { return terminal && os.Getenv("TERM") != "dumb" }

// newStatus begins a line for a total number of steps.
func newStatus(what string, total int) *status {
	if !redraws(term.IsTerminal(int(os.Stderr.Fd()))) {
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

// set draws the line with the steps that are done.
func (s *status) set(done int) {
	if s.bar != nil {
		_ = s.bar.Set(done) // a status line that cannot be drawn is no reason to stop
	}
}

// done removes the line.
func (s *status) done() {
	if s.bar != nil {
		_ = s.bar.Finish()
	}
}

// watch draws a status line for work of a total number of steps, as a priors.Watch.
func watch(what string, total int) (set func(done int), end func()) {
	s := newStatus(what, total)
	return s.set, s.done
}

// follow returns a progress callback that draws a status line, and what ends the line.
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

// trainLine shows how far a training run is, in a line that is drawn again on a terminal, and one a minute elsewhere.
type trainLine struct {
	w     io.Writer
	term  bool
	every time.Duration
	last  time.Time
}

// newTrainLine begins the status of a training run.
func newTrainLine(w io.Writer) *trainLine {
	if redraws(term.IsTerminal(int(os.Stderr.Fd()))) {
		return &trainLine{w: os.Stderr, term: true, every: 200 * time.Millisecond}
	}
	return &trainLine{w: w, every: time.Minute, last: time.Now()}
}

// show writes the line when it is due, and at the end of the run.
func (l *trainLine) show(p train.Progress) {
	if time.Since(l.last) < l.every && p.Step != p.Steps {
		return
	}
	l.last = time.Now()
	if text := trainStatus(p); l.term {
		fmt.Fprintf(l.w, "\r\x1b[K%s", firstColumns(text, terminalWidth(l.w)-1))
	} else {
		fmt.Fprintln(l.w, text)
	}
}

// firstColumns cuts a line that a terminal of so many columns would break; it leaves the line whole where they are not known.
func firstColumns(text string, columns int) string {
	if runes := []rune(text); 0 < columns && columns < len(runes) {
		return string(runes[:columns])
	}
	return text
}

// note writes a line of its own.
func (l *trainLine) note(text string) {
	l.done()
	fmt.Fprintln(l.w, text)
}

// done ends the line on a terminal.
func (l *trainLine) done() {
	if l.term {
		fmt.Fprintln(l.w)
	}
}

// trainStatus writes the progress of a training run on one line.
func trainStatus(p train.Progress) string {
	held := ""
	if !math.IsNaN(p.HeldOut) {
		held = fmt.Sprintf("  held-out %.4f", p.HeldOut)
	}
	return fmt.Sprintf("step %d/%d  %.0f images/s  loss %.4f%s  ETA %s  peak memory %d MiB", p.Step, p.Steps, p.ImagesPerSecond,
		p.Loss, held, p.ETA.Round(time.Second), plan.PeakMemory())
}
