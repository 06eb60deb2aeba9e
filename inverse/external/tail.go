package external

import (
	"strings"
	"sync"
	"unicode"

	"tweedie/internal/input"
)

// tail keeps the end of what a process writes to standard error.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

// How much of standard error an error shows.
const (
	mostTail  = 4096 // bytes that are kept
	tailLines = 3
	mostShown = 400 // characters
)

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b[max(0, len(b)-mostTail):]...)
	t.kept = t.kept[max(0, len(t.kept)-mostTail):]
	return len(b), nil
}

// text returns the last lines in one, "" when there are none.
func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for _, l := range strings.Split(string(t.kept), "\n") {
		if l = plainText(l); l != "" {
			lines = append(lines, l)
		}
	}
	text := []rune(strings.Join(lines[max(0, len(lines)-tailLines):], " | "))
	return string(text[max(0, len(text)-mostShown):])
}

// plainText returns a text without line breaks and characters that cannot be seen.
func plainText(text string) string {
	hidden := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	return strings.Join(strings.FieldsFunc(text, hidden), " ")
}

// shown returns the beginning of a text as errors show it.
func shown(text string) string { return input.Excerpt(plainText(text), mostShown) }
