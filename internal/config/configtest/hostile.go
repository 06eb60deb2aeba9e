// Package configtest feeds numbers that nobody can mean to configurations.
package configtest

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Hostile sets every number of cfg, a struct that validate accepts, to hostile values in turn: NaN, infinities and the
// largest ones of both signs, which validate must refuse with an error of one line, and 0, -1 and the least ones, which
// it may take or refuse. Numbers in structs, pointers, slices, arrays and interfaces inside are reached too. Whatever the
// value, validate must not panic. Fields named in free, "kwargs.seed" or a whole part "prior.flow", may hold anything: a
// seed, or a number that has no effect beside the others.
func Hostile[C any](t *testing.T, cfg C, validate func(C) error, free ...string) {
	t.Helper()
	if err := validate(cfg); err != nil {
		t.Fatalf("%T is wrong before anything is changed: %v", cfg, err)
	}
	checked := 0
	for _, path := range numbers(reflect.ValueOf(&cfg).Elem(), "") {
		checked++
		for _, h := range hostile {
			c := clone(reflect.ValueOf(cfg))
			if !set(c, path, h) {
				continue
			}
			err := try(t, path, h, func() error { return validate(c.Interface().(C)) })
			switch {
			case err == nil && h.refuse && !isFree(path, free):
				t.Errorf("%T takes %s = %v", cfg, path, h.name)
			case err != nil && strings.ContainsAny(err.Error(), "\n\r"):
				t.Errorf("%T refuses %s = %v in several lines: %q", cfg, path, h.name, err)
			}
		}
	}
	if checked == 0 {
		t.Errorf("%T has no numbers", cfg)
	}
}

type value struct {
	name   string
	f      float64
	i      int64
	int    bool
	refuse bool
}

var hostile = []value{
	{"NaN", math.NaN(), 0, false, true}, {"+Inf", math.Inf(1), 0, false, true}, {"-Inf", math.Inf(-1), 0, false, true},
	{"the largest float", math.MaxFloat64, 0, false, true}, {"minus the largest float", -math.MaxFloat64, 0, false, true},
	{"0", 0, 0, false, false}, {"-1", -1, 0, false, false}, {"the least float", math.SmallestNonzeroFloat64, 0, false, false}, {"1e-200", 1e-200, 0, false, false},
	{"the largest integer", 0, math.MaxInt64, true, true}, {"the least integer", 0, math.MinInt64, true, true},
	{"2^31", 0, 1 << 31, true, false}, {"0", 0, 0, true, false}, {"-1", 0, -1, true, false},
}

func isFree(path string, free []string) bool {
	return slices.ContainsFunc(free, func(f string) bool {
		return path == f || strings.HasPrefix(path, f+".") || strings.HasPrefix(path, f+"[")
	})
}

func try(t *testing.T, path string, h value, f func() error) (err error) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s = %s panics: %v", path, h.name, r)
			err = fmt.Errorf("panic")
		}
	}()
	return f()
}

// numbers lists the paths of the numbers in v.
func numbers(v reflect.Value, path string) (list []string) {
	switch v.Kind() {
	case reflect.Int, reflect.Int64, reflect.Float64:
		return []string{path}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return numbers(v.Elem(), path)
		}
	case reflect.Slice, reflect.Array:
		for i := range min(v.Len(), 4) {
			list = append(list, numbers(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = f.Name
			}
			if f.IsExported() {
				list = append(list, numbers(v.Field(i), strings.TrimPrefix(path+"."+name, "."))...)
			}
		}
	}
	return list
}

// clone copies v with all that it points to.
func clone(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(clone(v.Elem()))
		}
	case reflect.Interface:
		if !v.IsNil() {
			c.Set(clone(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				c.Index(i).Set(clone(v.Index(i)))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.Field(i).Set(clone(v.Field(i)))
			}
		}
	}
	return c
}

// set gives the number at path of v a hostile value, and reports whether it is of that value's kind.
func set(v reflect.Value, path string, h value) bool {
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		if h.int {
			v.SetInt(h.i)
		}
		return h.int
	case reflect.Float64:
		if !h.int {
			v.SetFloat(h.f)
		}
		return !h.int
	case reflect.Pointer:
		return set(v.Elem(), path, h)
	case reflect.Interface:
		inner := reflect.New(v.Elem().Type()).Elem()
		inner.Set(v.Elem())
		ok := set(inner, path, h)
		v.Set(inner)
		return ok
	case reflect.Slice, reflect.Array:
		index, rest, _ := strings.Cut(path[1:], "]")
		var i int
		if _, err := fmt.Sscan(index, &i); err != nil {
			return false
		}
		return set(v.Index(i), strings.TrimPrefix(rest, "."), h)
	case reflect.Struct:
		end := strings.IndexAny(path+".", ".[")
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == path[:end] || name == "" && f.Name == path[:end] {
				return set(v.Field(i), strings.TrimPrefix(path[end:], "."), h)
			}
		}
	}
	return false
}
