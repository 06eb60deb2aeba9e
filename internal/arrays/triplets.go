package arrays

import (
	"cmp"
	"fmt"
	"slices"
)

// Triplets are entries of a matrix [Rows,Cols] in any order, from which a Sparse is made. Entries of one place are added up.
type Triplets struct {
	Rows, Cols int
	Complex    bool
	row, col   []int32
	re, im     []float64 // im only when Complex
}

// Check says whether the extents are those of a matrix that can be read. It is called before the first Add.
func (t *Triplets) Check() error {
	most := MostRows
	if t.Complex {
		most /= 2
	}
	if t.Rows < 1 || t.Rows > most || t.Cols < 1 || t.Cols > MostRows {
		return fmt.Errorf("is a matrix of %d x %d; it must have between 1 and %d rows, and between 1 and %d columns", t.Rows, t.Cols, most, MostRows)
	}
	return nil
}

// Count returns the number of entries.
func (t *Triplets) Count() int { return len(t.re) }

// Inside reports whether the matrix has a row and a column, from 0.
func (t *Triplets) Inside(row, col int) bool {
	return row >= 0 && row < t.Rows && col >= 0 && col < t.Cols
}

// Add adds an entry in a place that is Inside. im counts for complex matrices only.
func (t *Triplets) Add(row, col int, re, im float64) {
	t.row, t.col, t.re = append(t.row, int32(row)), append(t.col, int32(col)), append(t.re, re)
	if t.Complex {
		t.im = append(t.im, im)
	}
}

// Sparse returns the matrix in compressed rows, in time and memory in proportion to rows and entries.
func (t *Triplets) Sparse() Sparse {
	if !t.Complex {
		return t.compressed(t.Rows, t.re)
	}
	re, im := t.compressed(t.Rows, t.re), t.compressed(t.Rows, t.im)
	s := Sparse{Rows: 2 * t.Rows, Cols: t.Cols, Complex: true, Start: re.Start, Col: append(re.Col, im.Col...), Data: append(re.Data, im.Data...)}
	for _, k := range im.Start[1:] {
		s.Start = append(s.Start, len(re.Data)+k)
	}
	return s
}

// compressed sorts the entries with the given values by their rows, and those of a row by their columns.
func (t *Triplets) compressed(rows int, values []float64) Sparse {
	s := Sparse{Rows: rows, Cols: t.Cols, Start: make([]int, rows+1), Col: make([]int32, 0, len(values)), Data: make([]float64, 0, len(values))}
	begin := make([]int, rows+1)
	for _, r := range t.row {
		begin[r+1]++
	}
	for i := range rows {
		begin[i+1] += begin[i]
	}
	order, next := make([]int, len(values)), slices.Clone(begin)
	for k, r := range t.row {
		order[next[r]] = k
		next[r]++
	}
	for i := range rows {
		row := order[begin[i]:begin[i+1]]
		slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(t.col[a], t.col[b]) })
		for _, k := range row {
			if last := len(s.Data) - 1; last >= s.Start[i] && s.Col[last] == t.col[k] {
				s.Data[last] += values[k]
				continue
			}
			s.Col, s.Data = append(s.Col, t.col[k]), append(s.Data, values[k])
		}
		s.Start[i+1] = len(s.Data)
	}
	return s
}

// Dense returns the numbers of a matrix row by row, complex ones as pairs.
func (s Sparse) Dense() Values {
	if !s.Complex {
		v := Values{Shape: []int{s.Rows, s.Cols}, Data: make([]float64, s.Rows*s.Cols)}
		s.each(func(row, col int, x float64) { v.Data[row*s.Cols+col] = x })
		return v
	}
	half := s.Rows / 2
	v := Values{Shape: []int{half, s.Cols}, Data: make([]float64, s.Rows*s.Cols), Complex: true}
	s.each(func(row, col int, x float64) { v.Data[2*(row%half*s.Cols+col)+row/half] = x })
	return v
}

// each calls visit for every entry.
func (s Sparse) each(visit func(row, col int, x float64)) {
	for i := range s.Rows {
		for k := s.Start[i]; k < s.Start[i+1]; k++ {
			visit(i, int(s.Col[k]), s.Data[k])
		}
	}
}
