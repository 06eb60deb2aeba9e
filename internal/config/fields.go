package config

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// object decodes an object onto a struct.
func (d *decoder) object(path string, raw []byte, v reflect.Value) error {
	if raw[0] != '{' {
		return mismatch(path, raw, "an object")
	}
	fields := fieldsOf(v)
	for _, m := range members(raw) {
		f, ok := fields[m.key]
		switch {
		case ok:
			if err := d.value(join(path, m.key), m.value, f); err != nil {
				return err
			}
		case !d.tolerant:
			return d.unknown(path, m.key, v.Type())
		}
	}
	return nil
}

// fieldsOf returns the fields of a struct by their names in JSON, those of embedded structs among them.
func fieldsOf(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, embedded := nameOf(f)
		switch {
		case embedded:
			for k, inner := range fieldsOf(v.Field(i)) {
				if _, taken := fields[k]; !taken {
					fields[k] = inner
				}
			}
		case name != "":
			fields[name] = v.Field(i)
		}
	}
	return fields
}

// nameOf returns a field's name in JSON, "" when it has none, and whether it is a struct whose fields count as its own.
func nameOf(f reflect.StructField) (name string, embedded bool) {
	tag := f.Tag.Get("json")
	name, _, _ = strings.Cut(tag, ",")
	switch {
	case tag == "-":
		return "", false
	case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
		return "", true
	case !f.IsExported():
		return "", false
	case name == "":
		name = f.Name
	}
	return name, false
}

// unknown is the error of a field that the struct at path does not have. It proposes the nearest of its fields, the place
// where a field of that name is, the nearest of all fields, or lists those there are.
func (d *decoder) unknown(path, key string, t reflect.Type) error {
	e := &FieldError{Field: join(path, key), Problem: "is unknown"}
	own, all := names(t, "", false), names(d.root, "", true)
	if n := Nearest(key, own); n != "" {
		e.hint, e.near = "; did you mean %s?", join(path, n)
		return e
	}
	last := make([]string, len(all))
	for i, name := range all {
		last[i] = name[strings.LastIndexByte(name, '.')+1:]
	}
	if i := slices.Index(last, key); i >= 0 {
		e.hint, e.near = "; it belongs elsewhere, as %s", all[i]
	} else if n := Nearest(key, last); n != "" {
		e.hint, e.near = "; did you mean %s?", all[slices.Index(last, n)]
	} else if len(own) == 0 {
		e.Problem += "; there are no fields"
	} else {
		e.Problem += "; there are " + strings.Join(own, ", ")
	}
	return e
}

// names lists the fields of a struct by their names in JSON, with deep those of structs inside it too, with dots.
func names(t reflect.Type, prefix string, deep bool) (list []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || readsItself(t) && prefix != "" {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, embedded := nameOf(f)
		switch {
		case embedded:
			list = append(list, names(f.Type, prefix, deep)...)
		case name != "":
			list = append(list, prefix+name)
			if deep && strings.Count(prefix, ".") < maxDepth {
				list = append(list, names(f.Type, prefix+name+".", true)...)
			}
		}
	}
	return list
}

func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// wanted says in words what a value of type t is in JSON.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "an integer"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer that is not negative"
	case reflect.Float64, reflect.Float32:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Array:
		return fmt.Sprintf("an array of %d %s", t.Len(), plural(t.Elem()))
	case reflect.Slice:
		return "an array of " + plural(t.Elem())
	}
	return "an object"
}

// plural says in words what several values of type t are in JSON.
func plural(t reflect.Type) string {
	word := wanted(t)
	for _, w := range [][2]string{{"an integer", "integers"}, {"a number", "numbers"}, {"a string", "strings"}, {"an array of ", "arrays of "}, {"true or false", "true or false"}} {
		if rest, ok := strings.CutPrefix(word, w[0]); ok {
			return strings.Replace(w[1]+rest, "integers that is", "integers that are", 1)
		}
	}
	return "objects"
}
