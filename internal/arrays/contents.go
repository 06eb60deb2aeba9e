package arrays

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"reflect"
)

// Contents returns text, the JSON of the description v, with what the files hold in place of their names: the shape and a
// hash of the numbers of every Array and Sparse in v that has been read from a file, and the hash of every File. Two descriptions whose files have
// other contents differ in it, and one whose files were moved does not.
func Contents(text []byte, v any) []byte {
	walk(reflect.ValueOf(v), func(held json.Marshaler, told string) {
		name, err := held.MarshalJSON()
		if err != nil {
			return
		}
		if content, err := json.Marshal(told); err == nil {
			text = bytes.ReplaceAll(text, name, content)
		}
	})
	return text
}

// walk calls visit for every array in v that was read from a file, and for every file, with words for what it holds.
func walk(v reflect.Value, visit func(held json.Marshaler, told string)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), visit)
		}
	case reflect.Slice:
		switch v.Type().Elem().Kind() {
		case reflect.Struct, reflect.Pointer, reflect.Interface, reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i), visit)
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			walk(it.Value(), visit)
		}
	case reflect.Struct:
		switch held := interfaceOf(v).(type) {
		case Array:
			if held.File == "" || held.Unread() {
				break
			}
			if v, err := held.all(); err == nil {
				visit(held, v.told())
			}
		case Sparse:
			if held.File != "" && held.Start != nil {
				visit(held, held.told())
			}
		case File:
			if told, err := held.told(); err == nil {
				visit(held, told)
			}
		default:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					walk(v.Field(i), visit)
				}
			}
		}
	}
}

// interfaceOf returns the value where it can be had.
func interfaceOf(v reflect.Value) any {
	if !v.CanInterface() {
		return nil
	}
	return v.Interface()
}

// told says what the numbers are.
func (v Values) told() string {
	sum := sha256.New()
	add(sum, v.Data)
	word := "numbers"
	if v.Complex {
		word = "complex numbers"
	}
	return fmt.Sprintf("%s of shape %v, hash %x", word, v.Shape, sum.Sum(nil)[:8])
}

// told says what the entries are.
func (s Sparse) told() string {
	sum := sha256.New()
	starts := make([]int64, len(s.Start))
	for i, k := range s.Start {
		starts[i] = int64(k)
	}
	add(sum, starts)
	add(sum, s.Col)
	add(sum, s.Data)
	return fmt.Sprintf("%d entries of a matrix %d x %d, hash %x", len(s.Data), s.Rows, s.Cols, sum.Sum(nil)[:8])
}

// add hashes numbers of a fixed size, in pieces, so that no copy of all is made.
func add[T int64 | int32 | float64](sum hash.Hash, numbers []T) {
	const piece = 1 << 12
	for len(numbers) > 0 {
		k := min(piece, len(numbers))
		b, _ := binary.Append(nil, binary.LittleEndian, numbers[:k]) // never fails for numbers
		sum.Write(b)
		numbers = numbers[k:]
	}
}
