package optics

import (
	"encoding/json"
	"errors"
	"fmt"

	"tweedie/internal/config"
)

// kernelFields are the fields of a PSF, which are decoded as they stand.
type kernelFields struct {
	Rows int       `json:"rows"`
	Cols int       `json:"cols"`
	Data []float64 `json:"data"`
}

// UnmarshalJSON reads an object of the fields, or an array. The file of an array is named and not read.
func (p *PSF) UnmarshalJSON(raw []byte) error { return p.DecodeFrom(raw, nil) }

// DecodeFrom reads what UnmarshalJSON does, and the file of an array: [rows,cols], to which leading extents of 1 make no
// difference; [cols] is one row.
func (p *PSF) DecodeFrom(raw []byte, source config.Source) error {
	if m, err := config.Object(raw); err == nil && m["file"] == nil && m["real"] == nil && m["imag"] == nil {
		f := kernelFields{Rows: p.Rows, Cols: p.Cols, Data: p.Data}
		if err := config.DecodeFrom(raw, &f, source); err != nil {
			return err
		}
		*p = PSF{Rows: f.Rows, Cols: f.Cols, Data: f.Data}
		return nil
	}
	*p = PSF{}
	if err := p.array.DecodeFrom(raw, source); err != nil || p.array.Unread() {
		return err
	}
	if p.array.Values.Complex {
		return fmt.Errorf("%s holds complex numbers; it must hold real ones", p.array.Name())
	}
	v, err := p.array.Fitting(p.setExtents)
	p.Data = v.Data
	return err
}

// mostKernel bounds the entries of a PSF in a file.
const mostKernel = 1 << 24

// setExtents takes rows and columns from the shape of an array.
func (p *PSF) setExtents(shape []int, _ bool) error {
	for len(shape) > 2 && shape[0] == 1 {
		shape = shape[1:]
	}
	switch len(shape) {
	case 1:
		p.Rows, p.Cols = 1, shape[0]
	case 2:
		p.Rows, p.Cols = shape[0], shape[1]
	default:
		return errors.New("it must be [rows,cols]")
	}
	if n, ok := config.Size(p.Rows, p.Cols); !ok || n > mostKernel {
		return fmt.Errorf("it must have at most %d entries", mostKernel)
	}
	return nil
}

// MarshalJSON writes the array when the PSF still is what one gave, and an object of the fields otherwise.
func (p PSF) MarshalJSON() ([]byte, error) {
	var given []float64
	if !p.unread() && p.array.Given() {
		v, _ := p.array.Fitting(nil) // DecodeFrom has read it
		given = v.Data
	}
	if p.unread() || len(given) > 0 && len(given) == len(p.Data) && &given[0] == &p.Data[0] {
		return json.Marshal(p.array)
	}
	return json.Marshal(kernelFields{Rows: p.Rows, Cols: p.Cols, Data: p.Data})
}

// unread reports whether the PSF lies in a file that has not been read.
func (p PSF) unread() bool { return p.array.Unread() && p.Data == nil }

// Centre says which entry of a PSF is its centre: entry (Row, Col), or with Centroid the entry nearest to the centroid of
// the magnitudes |h|. In JSON it is [row, col] or "centroid".
type Centre struct {
	Row, Col int
	Centroid bool
}

// UnmarshalJSON reads [row, col] or "centroid".
func (c *Centre) UnmarshalJSON(raw []byte) error {
	if string(raw) == `"centroid"` {
		*c = Centre{Centroid: true}
		return nil
	}
	var at [2]int
	if err := config.Decode(raw, &at); err != nil {
		return config.Errorf("", "", "is %.40s; it must be [row, col] or \"centroid\"", raw)
	}
	*c = Centre{Row: at[0], Col: at[1]}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (c Centre) MarshalJSON() ([]byte, error) {
	if c.Centroid {
		return json.Marshal("centroid")
	}
	return json.Marshal([2]int{c.Row, c.Col})
}
