package arrays

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"tweedie/internal/config"
	"tweedie/internal/input"
)

// Sparse is a matrix [Rows,Cols] of which most entries are zero, in compressed rows: row i has the entries Data[k] in the
// columns Col[k] for Start[i] <= k < Start[i+1]. Columns ascend within a row. In JSON it is the file that holds it, or its
// fields:
//
//	"A.mtx", "A.npz"                       a matrix of MatrixMarket, or one that scipy.sparse.save_npz wrote
//	"night.npz:A", "A.npy"                 an array of two axes, whose zeros are left out
//	{"rows": 2, "cols": 3, "start": [0, 1, 3], "col": [2, 0, 1], "data": [5, 1, 4]}
//
// A matrix C of complex numbers in a file becomes the real one of the rows of Re C and, behind them, those of Im C, which is
// how a measurement of complex numbers lies in memory; Complex says so.
type Sparse struct {
	File, Member string // where it stands; empty for one that is written out or made by a program
	Rows, Cols   int
	Start        []int // Rows+1
	Col          []int32
	Data         []float64
	Complex      bool // the first half of the rows are real parts, the second imaginary ones
}

// MostRows bounds the rows, and the columns, of a Sparse.
const MostRows = 1 << 26

// written is a Sparse that is written out.
type written struct {
	Rows    int       `json:"rows"`
	Cols    int       `json:"cols"`
	Start   []int     `json:"start"`
	Col     []int32   `json:"col"`
	Data    []float64 `json:"data"`
	Complex bool      `json:"complex,omitempty"`
}

// Given reports whether there is a matrix, or the name of a file.
func (s Sparse) Given() bool { return s.File != "" || s.Start != nil }

// IsZero reports whether there is none, so that omitzero leaves it out.
func (s Sparse) IsZero() bool { return !s.Given() }

// Name returns what errors call the matrix.
func (s Sparse) Name() string { return (&Array{File: s.File, Member: s.Member}).Name() }

// Validate says what is wrong with a matrix, or that its file has not been read.
func (s Sparse) Validate() error {
	switch {
	case s.Start == nil && s.File != "":
		return fmt.Errorf("names the file %s, which has not been read; a problem file reads it, and so does inverse.DecodeFrom", s.Name())
	case s.Start == nil:
		return errors.New("is missing; name a file of MatrixMarket or of scipy.sparse")
	case s.Rows < 1 || s.Rows > MostRows || s.Cols < 1 || s.Cols > MostRows:
		return fmt.Errorf("is a matrix of %d x %d; rows and columns must each be between 1 and %d", s.Rows, s.Cols, MostRows)
	case len(s.Start) != s.Rows+1 || s.Start[0] != 0 || s.Start[s.Rows] != len(s.Data) || len(s.Col) != len(s.Data):
		return fmt.Errorf("has %d starts for %d rows, %d columns and %d numbers; start must have rows+1 entries, from 0 to the count of numbers, and each number needs a column",
			len(s.Start), s.Rows, len(s.Col), len(s.Data))
	case s.Complex && s.Rows%2 != 0:
		return fmt.Errorf("has %d rows; complex numbers need an even number, of real parts and of imaginary parts", s.Rows)
	}
	for i := range s.Rows {
		if s.Start[i] > s.Start[i+1] || s.Start[i+1] > len(s.Data) {
			return fmt.Errorf("start[%d] is %d, and the next %d; starts must ascend", i, s.Start[i], s.Start[i+1])
		}
		for k := s.Start[i]; k < s.Start[i+1]; k++ {
			if c := s.Col[k]; c < 0 || int(c) >= s.Cols || k > s.Start[i] && c <= s.Col[k-1] {
				return fmt.Errorf("row %d has column %d; columns must ascend and lie in [0,%d)", i, c, s.Cols)
			}
			if v := s.Data[k]; math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("has %g in row %d and column %d; every entry must be a finite number", v, i, s.Col[k])
			}
		}
	}
	return nil
}

// DecodeFrom reads each of the forms, and the file where one is named and source is a Dir. The matrix keeps the path.
func (s *Sparse) DecodeFrom(raw []byte, source config.Source) error {
	if err := s.UnmarshalJSON(raw); err != nil {
		return err
	}
	d, ok := source.(Dir)
	if !ok || s.File == "" {
		return nil
	}
	path, err := filepath.Abs(Under(d.Path, s.File))
	if err != nil {
		return err
	}
	member := s.Member
	if *s, err = ReadSparse(d.Ctx, path, member); err != nil {
		return err
	}
	s.File, s.Member = path, member
	return nil
}

// UnmarshalJSON reads each of the forms; a file is named and not read.
func (s *Sparse) UnmarshalJSON(data []byte) error {
	if data[0] == '{' {
		m, err := config.Object(data)
		if err != nil {
			return err
		}
		if m["file"] == nil {
			var w written
			if err := config.Decode(data, &w); err != nil {
				return err
			}
			*s = Sparse{Rows: w.Rows, Cols: w.Cols, Start: w.Start, Col: w.Col, Data: w.Data, Complex: w.Complex}
			return s.Validate()
		}
	}
	var a Array
	if err := a.UnmarshalJSON(data); err != nil {
		return err
	}
	if a.File != "" {
		*s = Sparse{File: a.File, Member: a.Member}
		return nil
	}
	var err error
	*s, err = sparseOf(a.Values)
	return err
}

// MarshalJSON writes what UnmarshalJSON reads.
func (s Sparse) MarshalJSON() ([]byte, error) {
	if s.File != "" {
		return Array{File: s.File, Member: s.Member}.MarshalJSON()
	}
	return json.Marshal(written{s.Rows, s.Cols, s.Start, s.Col, s.Data, s.Complex})
}

// ReadSparse reads a matrix from a file of a format that is registered. An array of two axes loses its zeros.
func ReadSparse(ctx context.Context, path, member string) (Sparse, error) {
	f, err := FormatOf(path)
	if err != nil {
		return Sparse{}, err
	}
	if f.Sparse != nil {
		s, err := f.Sparse(ctx, path, member)
		if err != nil {
			return Sparse{}, err
		}
		if err := s.Validate(); err != nil {
			return Sparse{}, fmt.Errorf("%s %w", input.Name(path), err)
		}
		return s, nil
	}
	v, err := f.Read(ctx, path, member, Use{Most: MostRows})
	if err != nil {
		return Sparse{}, err
	}
	s, err := sparseOf(v)
	if err != nil {
		return Sparse{}, fmt.Errorf("%s %w", input.Name(path), err)
	}
	return s, nil
}

// sparseOf leaves out the zeros of an array of two axes.
func sparseOf(v Values) (Sparse, error) {
	if len(v.Shape) != 2 {
		return Sparse{}, fmt.Errorf("is an array of shape %v; a matrix has two axes, [rows, columns]", v.Shape)
	}
	t := Triplets{Rows: v.Shape[0], Cols: v.Shape[1], Complex: v.Complex}
	if err := t.Check(); err != nil {
		return Sparse{}, err
	}
	step := 1
	if v.Complex {
		step = 2
	}
	for k := 0; k < len(v.Data); k += step {
		im := 0.0
		if v.Complex {
			im = v.Data[k+1]
		}
		if v.Data[k] != 0 || im != 0 {
			t.Add(k/step/t.Cols, k/step%t.Cols, v.Data[k], im)
		}
	}
	s := t.Sparse()
	return s, s.Validate()
}

// Outline says what a Sparse is in JSON.
func (Sparse) Outline() string { return "matrix or file" }
