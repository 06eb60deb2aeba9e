package files

import (
	"fmt"

	"tweedie/internal/arrays"
)

// scipyEntries takes the numbers of a file's data to their places.
type scipyEntries struct {
	t     *arrays.Triplets
	data  []float64 // pairs when complex
	shape []int     // of data
}

// count returns how many numbers data has.
func (e *scipyEntries) count() int {
	n := 1
	for _, d := range e.shape {
		n *= d
	}
	return n
}

// put takes number k of data to a place.
func (e *scipyEntries) put(row, col, k int) error {
	if !e.t.Inside(row, col) {
		return fmt.Errorf("entry %d is in row %d and column %d of a matrix of %d x %d", k, row, col, e.t.Rows, e.t.Cols)
	}
	if e.t.Complex {
		e.t.Add(row, col, e.data[2*k], e.data[2*k+1])
		return nil
	}
	e.t.Add(row, col, e.data[k], 0)
	return nil
}

// compressed reads csr, whose rows begin at indptr and have the columns indices; csc, which has both the other way round;
// and bsr, which is csr of blocks [R,C].
func (p *scipyParts) compressed(format string, e *scipyEntries) error {
	start, err := p.whole("indptr")
	if err != nil {
		return err
	}
	index, err := p.whole("indices")
	if err != nil {
		return err
	}
	block := [2]int{1, 1}
	lines := e.t.Rows
	switch {
	case format == "csc":
		lines = e.t.Cols
	case format == "bsr":
		if len(e.shape) != 3 || e.shape[1] < 1 || e.shape[2] < 1 || e.t.Rows%e.shape[1] != 0 || e.t.Cols%e.shape[2] != 0 {
			return fmt.Errorf("data has shape %v; blocks of a matrix of %d x %d have a shape [count, R, C] whose R and C divide it", e.shape, e.t.Rows, e.t.Cols)
		}
		block = [2]int{e.shape[1], e.shape[2]}
		lines /= block[0]
	}
	if len(start) != lines+1 || start[0] != 0 {
		return fmt.Errorf("indptr has %d entries for %d lines; it must have one more than those, from 0", len(start), lines)
	}
	each := block[0] * block[1]
	if stored := start[lines]; stored != len(index) || e.count()%each != 0 || e.count()/each != stored {
		return fmt.Errorf("indptr promises %d entries; there are %d indices, and data of shape %v", stored, len(index), e.shape)
	}
	for i := range lines {
		if start[i] < 0 || start[i] > start[i+1] || start[i+1] > len(index) {
			return fmt.Errorf("indptr[%d] is %d, and the next %d; they must ascend", i, start[i], start[i+1])
		}
		for k := start[i]; k < start[i+1]; k++ {
			if index[k] < 0 || index[k] >= arrays.MostRows {
				return fmt.Errorf("indices[%d] is %d in a matrix of %d x %d", k, index[k], e.t.Rows, e.t.Cols)
			}
			for b := range each {
				row, col := i*block[0]+b/block[1], index[k]*block[1]+b%block[1]
				if format == "csc" {
					row, col = index[k], i
				}
				if err := e.put(row, col, k*each+b); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// coordinates reads coo: the rows row and the columns col of all entries.
func (p *scipyParts) coordinates(e *scipyEntries) error {
	row, err := p.whole("row")
	if err != nil {
		return err
	}
	col, err := p.whole("col")
	if err != nil {
		return err
	}
	if len(row) != len(col) || len(row) != e.count() {
		return fmt.Errorf("there are %d rows, %d columns and data of shape %v; they must be as many", len(row), len(col), e.shape)
	}
	for k := range row {
		if err := e.put(row[k], col[k], k); err != nil {
			return err
		}
	}
	return nil
}

// diagonals reads dia: data[d,j] stands in column j and row j - offsets[d]; what lies outside of the matrix is left out.
func (p *scipyParts) diagonals(e *scipyEntries) error {
	offsets, err := p.whole("offsets")
	if err != nil {
		return err
	}
	if len(e.shape) != 2 || e.shape[0] != len(offsets) {
		return fmt.Errorf("data has shape %v for %d offsets; it must be [offsets, columns]", e.shape, len(offsets))
	}
	for d, offset := range offsets {
		for j := range min(e.shape[1], e.t.Cols) {
			if row := j - offset; e.t.Inside(row, j) {
				if err := e.put(row, j, d*e.shape[1]+j); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
