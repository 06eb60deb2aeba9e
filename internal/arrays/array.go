package arrays

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/internal/config"
	"tweedie/internal/input"
)

// Array is numbers as a file of JSON gives them, where it is one of
//
//	[[0.1, null], [0.3, 0.4]]             the numbers, nested by their shape; null is missing, true is 1, false is 0
//	"y.npy", "night.npz:y", "sky.fits:1"  a file; of an npz or a FITS file the array behind the colon
//	{"file": "night.npz", "member": "y"}  the same
//	{"real": [0.1, 0.2], "imag": [0, 1]}  complex numbers
type Array struct {
	File   string // a path; empty for numbers that are written out
	Member string // which array of the file; empty when there is one only
	Values Values // written out, or read from the file; of a description that names a file, only the shape

	lazy *lazy // of a description that names a file
}

// Values are the numbers of an array, row by row. NaN is missing.
type Values struct {
	Shape   []int // [] is one number
	Data    []float64
	Complex bool // Data are (re, im) pairs, so twice as many as Shape says
}

// Numbers returns an Array that is written out.
func Numbers(shape []int, data []float64) *Array {
	return &Array{Values: Values{Shape: shape, Data: data}}
}

// FromFile returns an Array that a file holds, with the member behind a colon: "y.npy", "night.npz:y", "sky.fits:1".
func FromFile(path string) *Array {
	if i := strings.LastIndexByte(path, ':'); i > 0 && hasMembers(path[:i]) {
		return &Array{File: path[:i], Member: path[i+1:]}
	}
	return &Array{File: path}
}

// hasMembers reports whether a file may hold several arrays, by its ending.
func hasMembers(path string) bool {
	path = strings.TrimSuffix(strings.ToLower(path), ".gz")
	return slices.ContainsFunc([]string{".npz", ".fits", ".fit", ".fts"}, func(end string) bool { return strings.HasSuffix(path, end) })
}

// place is an Array in a file.
type place struct {
	File   string `json:"file"`
	Member string `json:"member,omitempty"`
}

// parts is an Array of complex numbers.
type parts struct {
	Real *Array `json:"real"`
	Imag *Array `json:"imag"`
}

// Dir is where the files lie that a description names, relative to which their paths are.
type Dir struct {
	Ctx  context.Context
	Path string
	Use  Use
	// List bounds the numbers of a list that stands in a file; 0 for no bound.
	List int
}

// Numbers reads the array that the JSON text raw names, row by row.
func (d Dir) Numbers(raw []byte) ([]float64, error) {
	var a Array
	if d.List > 0 {
		d.Use.Most = d.List
	}
	if err := a.DecodeFrom(raw, d); err != nil {
		return nil, err
	}
	v, err := a.Real()
	return v.Data, err
}

// DecodeFrom reads each of the forms, and the shape of the array in a file where one is named and source is a Dir; its numbers
// are read when Real or Fitting is asked for them. The array keeps the path.
func (a *Array) DecodeFrom(raw []byte, source config.Source) error {
	if err := a.UnmarshalJSON(raw); err != nil {
		return err
	}
	d, ok := source.(Dir)
	if !ok || a.File == "" {
		return nil
	}
	path, err := filepath.Abs(Under(d.Path, a.File))
	if err != nil {
		return err
	}
	a.File = path
	return a.open(d.Ctx, d.Use)
}

// Given reports whether there is an array: numbers, or the name of a file.
func (a Array) Given() bool { return a.File != "" || a.Values.Data != nil }

// IsZero reports whether there is no array, so that omitzero leaves it out.
func (a Array) IsZero() bool { return !a.Given() }

// Real returns the numbers of an array that is written out or stands in a file that DecodeFrom has found, row by row. Complex
// numbers, and a file that has only been named, are an error.
func (a Array) Real() (Values, error) {
	if a.Values.Complex {
		return Values{}, fmt.Errorf("%s holds complex numbers; it must hold real ones", a.Name())
	}
	return a.Fitting(nil)
}

// UnmarshalJSON reads each of the forms; unknown fields and ragged arrays are errors.
func (a *Array) UnmarshalJSON(data []byte) (err error) {
	switch data[0] {
	case '"':
		var path string
		if err := config.Decode(data, &path); err != nil {
			return err
		}
		if path == "" {
			return errors.New("is empty; name a file")
		}
		*a = *FromFile(path)
		return nil
	case '{':
		return a.object(data)
	}
	*a = Array{}
	a.Values, err = readInline(data)
	return err
}

// object reads the forms with names.
func (a *Array) object(data []byte) error {
	m, err := config.Object(data)
	if err != nil {
		return err
	}
	if m["real"] == nil && m["imag"] == nil {
		var p place
		if err := config.Decode(data, &p); err != nil {
			return err
		}
		if p.File == "" {
			return config.Errorf("", "file", "is missing; an array is numbers, a file, or real and imag")
		}
		*a = Array{File: p.File, Member: p.Member}
		return nil
	}
	var p parts
	if err := config.Decode(data, &p); err != nil {
		return err
	}
	if p.Real == nil || p.Imag == nil || p.Real.File != "" || p.Imag.File != "" {
		return config.Errorf("", "", "it must have both real and imag, each with its numbers written out")
	}
	re, im := p.Real.Values, p.Imag.Values
	if fmt.Sprint(re.Shape) != fmt.Sprint(im.Shape) {
		return config.Errorf("", "imag", "has shape %v and real %v; they must agree", im.Shape, re.Shape)
	}
	pairs := make([]float64, 0, 2*len(re.Data))
	for i := range re.Data {
		pairs = append(pairs, re.Data[i], im.Data[i])
	}
	*a = Array{Values: Values{Shape: re.Shape, Data: pairs, Complex: true}}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (a Array) MarshalJSON() ([]byte, error) {
	switch v := a.Values; {
	case a.File != "" && (a.Member != "" || strings.ContainsRune(a.File, ':')):
		return json.Marshal(place{a.File, a.Member})
	case a.File != "":
		return json.Marshal(a.File)
	case v.Complex:
		re, im := make([]float64, len(v.Data)/2), make([]float64, len(v.Data)/2)
		for i := range re {
			re[i], im[i] = v.Data[2*i], v.Data[2*i+1]
		}
		return json.Marshal(parts{Numbers(v.Shape, re), Numbers(v.Shape, im)})
	default:
		return v.inline()
	}
}

// inline nests the numbers by their shape.
func (v Values) inline() ([]byte, error) {
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	if n != len(v.Data) {
		return nil, fmt.Errorf("%d numbers do not have the shape %v", len(v.Data), v.Shape)
	}
	out, _, err := nested(nil, v.Shape, v.Data)
	return out, err
}

// nested appends data in a shape to out and returns what is left of data.
func nested(out []byte, shape []int, data []float64) ([]byte, []float64, error) {
	if len(shape) == 0 {
		if math.IsNaN(data[0]) {
			return append(out, "null"...), data[1:], nil
		}
		text, err := json.Marshal(data[0])
		return append(out, text...), data[1:], err
	}
	out = append(out, '[')
	var err error
	for i := range shape[0] {
		if i > 0 {
			out = append(out, ',')
		}
		if out, data, err = nested(out, shape[1:], data); err != nil {
			return nil, nil, err
		}
	}
	return append(out, ']'), data, nil
}

// Outline says what an Array is in JSON.
func (Array) Outline() string { return "array or file" }

// Name returns what errors call an array.
func (a *Array) Name() string {
	switch {
	case a.File == "":
		return "the field"
	case a.Member == "":
		return input.Name(a.File)
	}
	return input.Name(a.File + ":" + a.Member)
}

// In returns the array with its path, which is relative to dir, relative to the current folder.
func (a *Array) In(dir string) *Array {
	moved := *a
	if a.File != "" {
		moved.File = Under(dir, a.File)
	}
	return &moved
}

// Under returns a path that is relative to dir.
func Under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
