package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
)

// Decode reads the JSON value data onto dst, a pointer. Fields that are absent or null keep the values that they have;
// arrays and pointers are made anew. The error, a *FieldError where there is a field to name, is of one line; see the
// package comment for what is refused. Names of fields are compared letter by letter, upper and lower case apart.
func Decode(data []byte, dst any) error { return decode(data, dst, decoder{}) }

// Tolerant is Decode that passes over unknown fields, for files that other projects write and extend.
func Tolerant(data []byte, dst any) error { return decode(data, dst, decoder{tolerant: true}) }

// Source reads the arrays that a description names instead of writing them out.
type Source interface {
	// Numbers reads the array that raw, a JSON string or object, names.
	Numbers(raw []byte) ([]float64, error)
}

// Sourced is a value that reads itself from JSON and from the files that it names. A nil source reads none.
type Sourced interface {
	DecodeFrom(raw []byte, source Source) error
}

// DecodeFrom is Decode in which a list of numbers may be named in place of being written out; source reads it.
func DecodeFrom(data []byte, dst any, source Source) error {
	return decode(data, dst, decoder{source: source})
}

func decode(data []byte, dst any, d decoder) error {
	if err := inspect(data); err != nil {
		return err
	}
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("config: %T is not a pointer to decode onto", dst)
	}
	d.root = v.Type().Elem()
	return d.value("", bytes.TrimSpace(data), v.Elem())
}

type decoder struct {
	root     reflect.Type // of the whole value, whose fields are proposed for unknown ones
	tolerant bool
	source   Source // nil for none
}

// value decodes raw onto v, the field called path.
func (d *decoder) value(path string, raw []byte, v reflect.Value) error {
	switch u := v.Addr().Interface().(type) {
	case Sourced:
		return Below(path, u.DecodeFrom(raw, d.source))
	case json.Unmarshaler:
		return Below(path, u.UnmarshalJSON(raw))
	case encoding.TextUnmarshaler:
		return d.text(path, raw, u)
	}
	if string(raw) == "null" {
		switch v.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
			v.SetZero()
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			p.Elem().Set(v.Elem())
		}
		v.Set(p)
		return d.value(path, raw, p.Elem())
	case reflect.Struct:
		return d.object(path, raw, v)
	case reflect.Map:
		return d.table(path, raw, v)
	case reflect.Slice, reflect.Array:
		return d.array(path, raw, v)
	}
	return d.scalar(path, raw, v)
}

// scalar decodes a number, a string or a truth value.
func (d *decoder) scalar(path string, raw []byte, v reflect.Value) error {
	bits := 0
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		bits = v.Type().Bits()
	}
	if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
		want := wanted(v.Type())
		if bits > 0 && tooLarge(raw, v) {
			want += fmt.Sprintf(" that fits in %d bits", bits)
		}
		return mismatch(path, raw, want)
	}
	return nil
}

// tooLarge reports whether raw is a number of the kind of v that v has not the bits for.
func tooLarge(raw []byte, v reflect.Value) bool {
	if !isNumber(raw) {
		return false
	}
	if v.CanFloat() {
		return true
	}
	digits := bytes.TrimPrefix(raw, []byte("-"))
	return len(bytes.Trim(digits, "0123456789")) == 0 && !(v.CanUint() && raw[0] == '-')
}

func isNumber(raw []byte) bool { return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' }

func mismatch(path string, raw []byte, want string) error {
	return &FieldError{Field: path, Problem: "is " + found(raw) + "; it must be " + want}
}

// text decodes a string onto a type that reads itself from text.
func (d *decoder) text(path string, raw []byte, u encoding.TextUnmarshaler) error {
	if string(raw) == "null" {
		return nil
	}
	if raw[0] != '"' {
		return mismatch(path, raw, "a string")
	}
	return Below(path, u.UnmarshalText([]byte(unquote(raw))))
}

// table decodes an object onto a map whose keys are strings.
func (d *decoder) table(path string, raw []byte, v reflect.Value) error {
	if raw[0] != '{' || v.Type().Key().Kind() != reflect.String {
		return mismatch(path, raw, wanted(v.Type()))
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, m := range members(raw) {
		e := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(join(path, m.key), m.value, e); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(m.key).Convert(v.Type().Key()), e)
	}
	return nil
}

// array decodes an array onto a slice, or onto an array of as many elements; a []byte is a string in base64.
func (d *decoder) array(path string, raw []byte, v reflect.Value) error {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		var b []byte
		if raw[0] != '"' || json.Unmarshal(raw, &b) != nil {
			return mismatch(path, raw, "a string of bytes in base64")
		}
		v.SetBytes(b)
		return nil
	}
	if raw[0] != '[' {
		if d.source != nil && v.Kind() == reflect.Slice && (raw[0] == '"' || raw[0] == '{') {
			return d.named(path, raw, v)
		}
		return mismatch(path, raw, wanted(v.Type()))
	}
	list := parts(raw)
	if v.Kind() == reflect.Array && len(list) != v.Len() {
		return &FieldError{Field: path, Problem: fmt.Sprintf("is an array of %d; it must be %s", len(list), wanted(v.Type()))}
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	}
	for i, part := range list {
		if err := d.value(path+"["+strconv.Itoa(i)+"]", part, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// named decodes the numbers that raw names onto a slice of numbers or truth values, where 0 is false.
func (d *decoder) named(path string, raw []byte, v reflect.Value) error {
	element := v.Type().Elem().Kind()
	switch element {
	case reflect.Float64, reflect.Int, reflect.Bool:
	default:
		return mismatch(path, raw, wanted(v.Type()))
	}
	numbers, err := d.source.Numbers(raw)
	if err != nil {
		return Below(path, err)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(numbers), len(numbers)))
	for i, x := range numbers {
		at := v.Index(i)
		switch element {
		case reflect.Float64:
			at.SetFloat(x)
		case reflect.Bool:
			at.SetBool(x != 0)
		case reflect.Int:
			if x != math.Trunc(x) || math.Abs(x) > 1<<53 {
				return &FieldError{Field: fmt.Sprintf("%s[%d]", path, i), Problem: fmt.Sprintf("is %g; it must be a whole number", x)}
			}
			at.SetInt(int64(x))
		}
	}
	return nil
}
