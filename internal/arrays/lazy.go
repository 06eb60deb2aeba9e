package arrays

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// lazy is an array in a file whose shape is known and whose numbers are read when they are asked for, once.
type lazy struct {
	read func() (Values, error)
}

// errHeader ends the reading of a file of which only the shape is wanted.
var errHeader = errors.New("the shape is known")

// Header returns the shape of an array, and whether its numbers are complex, without reading the numbers.
func (a *Array) Header(ctx context.Context, use Use) (shape []int, complex bool, err error) {
	use.Judge = func(of []int, pairs bool) error {
		shape, complex = of, pairs
		return errHeader
	}
	if _, err = a.Read(ctx, use); err == errHeader {
		err = nil
	}
	return shape, complex, err
}

// open reads the shape of the array in a file, and has its numbers read when they are asked for.
func (a *Array) open(ctx context.Context, use Use) (err error) {
	a.Values = Values{}
	if a.Values.Shape, a.Values.Complex, err = a.Header(ctx, use); err != nil {
		return err
	}
	from := Array{File: a.File, Member: a.Member}
	a.lazy = &lazy{sync.OnceValues(func() (Values, error) { return from.Read(ctx, use) })}
	return nil
}

// Fitting returns the numbers of an array that is written out or stands in a file, after judge has had a look at their shape;
// a nil judge takes any. The error of judge says what the shape must be, "must be [m,784]", and what is returned says what it is
// and in which file.
func (a Array) Fitting(judge func(shape []int, complex bool) error) (Values, error) {
	if a.Unread() {
		return Values{}, fmt.Errorf("names the file %s, which has not been read; a problem file reads it, and so does inverse.DecodeFrom", a.Name())
	}
	if judge != nil {
		if err := judge(a.Values.Shape, a.Values.Complex); err != nil {
			return Values{}, fmt.Errorf("%shas shape %s; %w", a.subject(), Extents(a.Values.Shape), err)
		}
	}
	return a.all()
}

// all returns the numbers.
func (a Array) all() (Values, error) {
	if a.lazy == nil {
		return a.Values, nil
	}
	return a.lazy.read()
}

// Unread reports whether the array stands in a file of which nothing is known.
func (a Array) Unread() bool { return a.File != "" && a.Values.Data == nil && a.lazy == nil }

// subject names the file, if there is one, before a verb.
func (a Array) subject() string {
	if a.File == "" {
		return ""
	}
	return a.Name() + " "
}

// Extents writes a shape as errors show it, [3,28,28].
func Extents(shape []int) string {
	return strings.ReplaceAll(fmt.Sprint(shape), " ", ",")
}
