package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// memory is a set of decoded images.
type memory struct {
	source
	size
	interval
	labels
	values []float32 // [N,C,H,W]
}

// Len implements Set.
func (m *memory) Len() int { return len(m.values) / m.pixels() }

// Read implements Set.
func (m *memory) Read(i int, dst []float32) (int, error) {
	checkRead(m, i, dst)
	copy(dst, m.values[i*len(dst):])
	return m.label(i), nil
}

// readCSV reads rows of pixel values 0..Max, each an image of the stated shape, and a label where there is one more column. The
// first line may name the columns; lines that begin with # and empty ones are passed over. Values stand between commas, semicolons,
// tabs or spaces, and may stand in quotes; with semicolons and tabs a comma is a decimal point.
func readCSV(origin source, r io.Reader, o Options) (Set, error) {
	origin.kind = "CSV"
	if o.Shape == [3]int{} || o.Max == 0 {
		return nil, errors.New("CSV: the shape [C,H,W] of a row (--shape) and the value of full scale (--max) must be stated")
	}
	m := &memory{source: origin, size: size{o.Shape[0], o.Shape[1], o.Shape[2]}, interval: o.scale()}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64+32*(m.pixels()+2))
	var t *table
	n := 1
	for ; lines.Scan(); n++ {
		row := lines.Bytes()
		if n == 1 {
			row = bytes.TrimPrefix(row, []byte(bom))
		}
		if row = bytes.Trim(row, " \r"); len(bytes.TrimSpace(row)) == 0 || row[0] == '#' {
			continue
		}
		if t == nil {
			t = newTable(row)
			err := t.choose(m.pixels(), o.Labels)
			if err != nil {
				return nil, fmt.Errorf("CSV: line %d: %w", n, err)
			}
			if t.names != nil {
				continue
			}
		}
		if err := m.addRow(t, row, o.Max); err != nil {
			return nil, fmt.Errorf("CSV: line %d%w", n, err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("CSV: line %d is too long for %d values", n, m.pixels()+1)
	} else if err != nil {
		return nil, fmt.Errorf("CSV: %w", err)
	}
	if len(m.values) == 0 {
		return nil, errors.New("CSV: no images")
	}
	return m, m.checkLabels(t)
}

// addRow appends the values of one line, and its label.
func (m *memory) addRow(t *table, row []byte, full float64) error {
	k, quotes := 0, quoted(row)
	for more := true; more; {
		var field []byte
		field, row, more = t.cut(row, quotes)
		switch k++; {
		case k > t.columns:
		case k-1 == t.index:
		case k-1 == t.label:
			v, err := t.number(field)
			if err != nil || v != math.Trunc(v) || v < 0 || v >= 1<<31 {
				return fmt.Errorf(", %s: %.40q is not a label, an integer from 0", t.column(k), field)
			}
			m.labels = append(m.labels, int(v))
		default:
			v, err := t.number(field)
			if err != nil || !(v >= 0 && v <= full) {
				return fmt.Errorf(", %s: %.40q is not a number in 0..%g", t.column(k), field, full)
			}
			m.values = append(m.values, float32(m.lo+v/full*(m.hi-m.lo)))
		}
	}
	if k != t.columns {
		return fmt.Errorf(" has %d values, want %d, as in the lines before", k, t.columns)
	}
	return nil
}

// checkLabels refuses labels that were taken from the last column only because there is one more than pixels, where it never
// changes and the first one, which then was taken for a pixel, holds more than one whole number.
func (m *memory) checkLabels(t *table) error {
	if t.stated || t.names != nil || t.label < 0 || m.Len() < 2 || slices.Max(m.labels) != slices.Min(m.labels) {
		return nil
	}
	first := m.values[0]
	for i := range m.Len() {
		if m.values[i*m.pixels()] != first {
			return errors.New("CSV: the last column is the same in all lines and the first is not; state which holds the labels, first or last (data.labels in --config)")
		}
	}
	return nil
}

// number reads a value.
func (t *table) number(field []byte) (float64, error) {
	if t.separator == ';' || t.separator == '\t' {
		return strconv.ParseFloat(strings.Replace(string(field), ",", ".", 1), 64)
	}
	return strconv.ParseFloat(string(field), 64)
}
