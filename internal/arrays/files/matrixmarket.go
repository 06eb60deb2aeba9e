package files

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"tweedie/internal/arrays"
	"tweedie/internal/input"
)

const matrixMarket = "%%MatrixMarket"

// isMatrixMarket goes by the banner, and by the ending, so that a file without a banner is told what it lacks.
func isMatrixMarket(path string, head []byte) bool {
	return bytes.HasPrefix(bytes.ToLower(head), []byte(strings.ToLower(matrixMarket))) || strings.HasSuffix(strings.ToLower(path), ".mtx")
}

// marketFile is a file of MatrixMarket that is being read: a banner, comments, a line of sizes, and entries.
type marketFile struct {
	lines *bufio.Scanner
	line  int // of the last one read, from 1
	size  int64

	coordinate         bool
	field, symmetry    string
	rows, cols, stored int
}

// mostLine bounds the length of a line; the format itself allows 1024 characters.
const mostLine = 1 << 12

// readMarket hands the file at path to read, once its banner and sizes are known, and puts the file and the line into its error.
func readMarket(ctx context.Context, path string, read func(m *marketFile) error) error {
	f, size, err := input.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	m := &marketFile{lines: bufio.NewScanner(io.NewSectionReader(input.WithContext(ctx, f), 0, size)), size: size}
	m.lines.Buffer(nil, mostLine)
	for _, step := range []func() error{m.banner, m.sizes, func() error { return read(m) }} {
		if err := step(); err != nil {
			return fmt.Errorf("%s: line %d: %w", input.Name(path), max(m.line, 1), err)
		}
	}
	return nil
}

// next returns the fields of the next line that is neither empty nor a comment; io.EOF at the end.
func (m *marketFile) next() ([]string, error) {
	for m.lines.Scan() {
		m.line++
		if text := strings.TrimSpace(m.lines.Text()); text != "" && text[0] != '%' {
			return strings.Fields(text), nil
		}
	}
	if err := m.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		m.line++
		return nil, fmt.Errorf("has more than %d characters; each entry has a line of its own", mostLine)
	} else if err != nil {
		return nil, err
	}
	return nil, io.EOF
}

// banner reads "%%MatrixMarket matrix coordinate real general".
func (m *marketFile) banner() error {
	if !m.lines.Scan() {
		if err := m.lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
			return err
		}
		return fmt.Errorf("there is no banner; a file of MatrixMarket begins with %s matrix coordinate real general", matrixMarket)
	}
	m.line++
	words := strings.Fields(strings.ToLower(m.lines.Text()))
	if len(words) != 5 || words[0] != strings.ToLower(matrixMarket) || words[1] != "matrix" {
		return fmt.Errorf("is %q; a file of MatrixMarket begins with %s matrix coordinate real general", input.Excerpt(m.lines.Text(), 60), matrixMarket)
	}
	m.coordinate, m.field, m.symmetry = words[2] == "coordinate", words[3], words[4]
	for _, c := range []struct{ what, is, allowed string }{
		{"layout", words[2], "coordinate array"}, {"field", m.field, "real integer complex pattern"},
		{"symmetry", m.symmetry, "general symmetric skew-symmetric hermitian"},
	} {
		if !strings.Contains(" "+c.allowed+" ", " "+c.is+" ") {
			return fmt.Errorf("the %s is %q; it must be one of %s", c.what, input.Excerpt(c.is, 40), strings.ReplaceAll(c.allowed, " ", ", "))
		}
	}
	if m.field == "pattern" && !m.coordinate {
		return errors.New("an array cannot have the field pattern; it must be real, integer or complex")
	}
	return nil
}

// sizes reads the line of rows, columns and, of a coordinate file, how many entries follow.
func (m *marketFile) sizes() error {
	words, err := m.next()
	if err != nil && err != io.EOF {
		return err
	}
	want, targets := "rows and columns", []*int{&m.rows, &m.cols}
	if m.coordinate {
		want, targets = "rows, columns and the number of entries", append(targets, &m.stored)
	}
	if len(words) != len(targets) {
		return fmt.Errorf("has %d words; it must give %s", len(words), want)
	}
	for i, w := range words {
		if *targets[i], err = strconv.Atoi(w); err != nil || *targets[i] < 0 {
			return fmt.Errorf("has %q; it must give %s as whole numbers", input.Excerpt(w, 40), want)
		}
	}
	if m.symmetry != "general" && m.rows != m.cols {
		return fmt.Errorf("a %s matrix of %d x %d; it must be square", m.symmetry, m.rows, m.cols)
	}
	t := arrays.Triplets{Rows: m.rows, Cols: m.cols, Complex: m.field == "complex"}
	if err := t.Check(); err != nil {
		return err
	}
	if !m.coordinate {
		for j := range m.cols {
			if m.stored += m.rows - m.first(j); int64(m.stored) > m.size {
				break
			}
		}
	}
	if int64(m.stored) > m.size/2+1 { // a digit and the end of the line
		return fmt.Errorf("a matrix of %d x %d with %d entries or more cannot stand in a file of %d bytes; it is cut off, or the sizes are wrong", m.rows, m.cols, m.stored, m.size)
	}
	return nil
}

// first is the first row that an array file stores of a column.
func (m *marketFile) first(col int) int {
	switch m.symmetry {
	case "general":
		return 0
	case "skew-symmetric":
		return col + 1
	}
	return col
}

// entries calls visit with every entry, those that symmetry implies among them.
func (m *marketFile) entries(visit func(row, col int, re, im float64)) error {
	col, row := 0, m.first(0)
	for k := range m.stored {
		words, err := m.next()
		if err == io.EOF {
			return fmt.Errorf("the file ends after %d entries; the sizes promise %d", k, m.stored)
		}
		if err != nil {
			return err
		}
		i, j := row, col
		if m.coordinate {
			if i, j, words, err = m.place(words); err != nil {
				return err
			}
		} else {
			for row++; row >= m.rows && col < m.cols-1; row = m.first(col) {
				col++
			}
		}
		re, im, err := m.value(words)
		if err != nil {
			return err
		}
		visit(i, j, re, im)
		if i != j {
			switch m.symmetry {
			case "symmetric":
				visit(j, i, re, im)
			case "skew-symmetric":
				visit(j, i, -re, -im)
			case "hermitian":
				visit(j, i, re, -im)
			}
		}
	}
	if words, err := m.next(); err != io.EOF {
		return fmt.Errorf("%q follows the %d entries that the sizes promise", input.Excerpt(strings.Join(words, " "), 40), m.stored)
	}
	return nil
}

// place reads the row and the column of an entry, which count from 1 in the file.
func (m *marketFile) place(words []string) (row, col int, rest []string, err error) {
	if len(words) < 2 {
		return 0, 0, nil, fmt.Errorf("has %d words; an entry has a row, a column and its value", len(words))
	}
	row, err1 := strconv.Atoi(words[0])
	col, err2 := strconv.Atoi(words[1])
	if err1 != nil || err2 != nil || row < 1 || row > m.rows || col < 1 || col > m.cols {
		return 0, 0, nil, fmt.Errorf("the entry is in row %s and column %s; they must lie in 1..%d and 1..%d", input.Excerpt(words[0], 30), input.Excerpt(words[1], 30), m.rows, m.cols)
	}
	return row - 1, col - 1, words[2:], nil
}

// value reads the numbers of an entry.
func (m *marketFile) value(words []string) (re, im float64, err error) {
	parts := [2]float64{1, 0}
	want := map[string]int{"pattern": 0, "complex": 2}
	n, ok := want[m.field]
	if !ok {
		n = 1
	}
	if len(words) != n {
		return 0, 0, fmt.Errorf("has %d numbers for a value; one of a %s matrix has %d", len(words), m.field, n)
	}
	for i, w := range words {
		if parts[i], err = strconv.ParseFloat(w, 64); err != nil || math.IsInf(parts[i], 0) {
			return 0, 0, fmt.Errorf("the value %q is no finite number", input.Excerpt(w, 40))
		}
	}
	return parts[0], parts[1], nil
}
