package cli

import (
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean is the door through which all text leaves the command for standard output and standard error: names of files, fields of
// cards and words of servers are other people's, and what in them would move the cursor or turn the text is written as its
// escape. In JSON those are the escapes of the same characters, so that the values stay.
type clean struct{ w io.Writer }

// Write writes text, which holds whole characters.
func (c *clean) Write(text []byte) (int, error) {
	shown := escaped(string(text), "\n\t")
	n, err := io.WriteString(c.w, shown)
	if err == nil || n > len(text) {
		n = len(text)
	}
	return n, err
}

// visible returns a line with escapes in place of characters that cannot be seen and act on those that can.
func visible(line string) string { return escaped(line, "") }

// escaped returns a text with escapes in place of control characters, except for those to keep, of the marks of Unicode that set
// the direction of the text, and of bytes that are no characters.
func escaped(text, keep string) string {
	hidden := func(r rune) bool {
		return r == utf8.RuneError || (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) && !strings.ContainsRune(keep, r)
	}
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch _, size := utf8.DecodeRuneInString(text[i:]); {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(text[i])|0x100, 16)[1:])
		case r == utf8.RuneError || !hidden(r):
			b.WriteRune(r)
		case r == 0x7f:
			b.WriteString(`\u007f`)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
