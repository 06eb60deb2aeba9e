package files

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"tweedie/internal/input"
)

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
