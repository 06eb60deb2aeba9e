package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
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

// readCSV reads rows of pixel values 0..Max separated by commas, each an image of the stated shape; one more column,
// the last, is the label.
func readCSV(origin source, r io.Reader, o Options) (Set, error) {
	origin.kind = "CSV"
	if o.Shape == [3]int{} || o.Max == 0 {
		return nil, errors.New("CSV: the shape [C,H,W] of a row (--shape) and the value of full scale (--max) must be stated")
	}
	m := &memory{source: origin, size: size{o.Shape[0], o.Shape[1], o.Shape[2]}, interval: o.scale()}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64+32*(m.pixels()+1))
	columns, n := 0, 1
	for ; lines.Scan(); n++ {
		row := bytes.TrimSpace(lines.Bytes())
		if len(row) == 0 {
			continue
		}
		k := bytes.Count(row, []byte(",")) + 1
		if columns == 0 {
			columns = k
		}
		if d := m.pixels(); k != columns || k != d && k != d+1 {
			return nil, fmt.Errorf("CSV: line %d has %d values, want %d for %v, and one more for a label, alike in all lines", n, k, d, m.size)
		}
		if err := m.addRow(row, o.Max, k > m.pixels()); err != nil {
			return nil, fmt.Errorf("CSV: line %d, %w", n, err)
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
	return m, nil
}

// addRow appends the values of one line, and the label that may follow them.
func (m *memory) addRow(row []byte, full float64, labelled bool) error {
	for k := 0; k < m.pixels(); k++ {
		text, rest, _ := bytes.Cut(row, []byte(","))
		v, err := strconv.ParseFloat(string(bytes.TrimSpace(text)), 64)
		if err != nil || !(v >= 0 && v <= full) {
			return fmt.Errorf("column %d: %.40q is not a number in 0..%g", k+1, text, full)
		}
		m.values = append(m.values, float32(m.lo+v/full*(m.hi-m.lo)))
		row = rest
	}
	if labelled {
		label, err := strconv.Atoi(string(bytes.TrimSpace(row)))
		if err != nil || label < 0 {
			return fmt.Errorf("column %d: %.40q is not a label, an integer from 0", m.pixels()+1, row)
		}
		m.labels = append(m.labels, label)
	}
	return nil
}
