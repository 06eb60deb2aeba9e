package data

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tweedie/internal/input"
)

// bom is what some programs write at the beginning of a text in UTF-8.
const bom = "\ufeff"

// table says which columns of a CSV file are what.
type table struct {
	separator byte
	columns   int
	names     []string // of the columns, where the first line holds them
	label     int      // the column of the labels, from 0; -1 for none
	index     int      // the column that numbers the lines; -1 for none
	stated    bool     // the column of the labels was stated
}

// newTable learns from the first line what separates values, how many there are, and whether they are names.
func newTable(line []byte) *table {
	t := &table{separator: separatorOf(line), label: -1, index: -1}
	named := true
	for field := range t.fields(line) {
		t.columns++
		t.names = append(t.names, string(field))
		named = named && !t.numeric(field)
	}
	if !named {
		t.names = nil
	}
	return t
}

// separatorOf is the first of semicolon, tab and comma that a line holds outside of quotes, and a space where it holds none.
func separatorOf(line []byte) byte {
	var outside []byte
	for i, part := range bytes.Split(line, []byte{'"'}) {
		if i%2 == 0 {
			outside = append(outside, part...)
		}
	}
	for _, c := range []byte(";\t,") {
		if bytes.IndexByte(outside, c) >= 0 {
			return c
		}
	}
	return ' '
}

// fields yields the values of a line, without the space and the quotes around them.
func (t *table) fields(line []byte) iter.Seq[[]byte] {
	quotes := quoted(line)
	return func(yield func([]byte) bool) {
		for more := true; more; {
			var field []byte
			if field, line, more = t.cut(line, quotes); !yield(field) {
				return
			}
		}
	}
}

// quoted reports whether a line holds quotes.
func quoted(line []byte) bool { return bytes.IndexByte(line, '"') >= 0 }

// cut takes the first value off a line, which may hold quotes, and reports whether there are more.
func (t *table) cut(line []byte, quotes bool) (field, rest []byte, more bool) {
	if t.separator == ' ' {
		line = bytes.TrimLeft(line, " ")
	}
	end := t.end(line, quotes)
	field = bytes.TrimSpace(line[:end])
	if quotes {
		field = bytes.TrimSpace(bytes.Trim(field, `"`))
	}
	if end == len(line) {
		return field, nil, false
	}
	return field, line[end+1:], true
}

// end is where the first value of a line ends.
func (t *table) end(line []byte, quotes bool) int {
	if !quotes {
		if i := bytes.IndexByte(line, t.separator); i >= 0 {
			return i
		}
		return len(line)
	}
	inside := false
	for i, c := range line {
		if c == '"' {
			inside = !inside
		} else if c == t.separator && !inside {
			return i
		}
	}
	return len(line)
}

// numeric reports whether a value is one of data: a number, or what stands for one that is missing.
func (t *table) numeric(field []byte) bool {
	_, err := t.number(field)
	return err == nil || errors.Is(err, strconv.ErrRange) || slices.Contains([]string{"na", "null", "none", "-", "?"}, strings.ToLower(string(field)))
}

// labelNames and indexNames are those that programs give the columns of labels and of the numbers of lines.
var (
	labelNames = []string{"label", "labels", "class", "target", "y", "digit"}
	indexNames = []string{"", "index", "id", "unnamed: 0"}
)

// choose finds the columns of the label and of the numbers of lines in a table of images of so many pixels. Labels states that of
// the label by its name, or as first or last.
func (t *table) choose(pixels int, labels string) error {
	named := func(names []string) int {
		return slices.IndexFunc(t.names, func(n string) bool { return slices.Contains(names, strings.ToLower(n)) })
	}
	t.stated = labels != ""
	switch at := slices.Index(t.names, labels); {
	case labels == "":
		t.label = named(labelNames)
	case at >= 0:
		t.label = at
	case labels == "first":
		t.label = 0
	case labels == "last":
		t.label = t.columns - 1
	default:
		return fmt.Errorf("no column is called %.60q, which should hold the labels (data.labels in --config); give its name, first or last", labels)
	}
	others := t.columns
	if t.label >= 0 {
		others--
	}
	if i := named(indexNames); others == pixels+1 && i == 0 && t.label != 0 {
		t.index = 0
		others--
	}
	if others == pixels+1 && t.label < 0 {
		if t.names != nil {
			return fmt.Errorf("%d columns for %d pixels, and none is called label (%s); state the column of the labels (data.labels in --config)", t.columns, pixels, input.List(t.names))
		}
		t.label = t.columns - 1
		others--
	}
	if others != pixels {
		return fmt.Errorf("%d values, want %d for the shape (--shape), and one more for a label", t.columns, pixels)
	}
	return nil
}

// column names a column, counted from 1.
func (t *table) column(k int) string {
	if t.names != nil {
		return fmt.Sprintf("column %d (%.40q)", k, t.names[k-1])
	}
	return "column " + strconv.Itoa(k)
}

// isCSV reports whether a file begins as a table of numbers does: in text, with a first line of numbers, or with names and then
// a line of numbers.
func isCSV(head []byte) bool {
	whole := len(head) < headBytes
	head = bytes.TrimPrefix(head, []byte(bom))
	var t *table
	for line := range bytes.Lines(head) {
		ended := line[len(line)-1] == '\n'
		line = bytes.Trim(line, " \r\n")
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			continue
		}
		if !utf8.Valid(line[:max(0, len(line)-utf8.UTFMax)]) || bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' }) {
			return false
		}
		next := newTable(line)
		if t == nil && next.names != nil && (next.columns > 1 || next.separator != ' ') {
			if t = next; !ended && !whole { // the line of names goes on
				return t.columns > 8 && t.separator != ' '
			}
			continue
		}
		if t == nil {
			t = next
		}
		k, numbers := 0, 0
		for field := range t.fields(line) {
			k++
			if t.numeric(field) || len(field) == 0 {
				numbers++
			}
		}
		if !ended && !whole { // the last value may be cut
			return numbers > 0 && numbers >= k-1
		}
		return numbers > 0 && 2*numbers > k && (t.names == nil || k == t.columns)
	}
	return false
}
