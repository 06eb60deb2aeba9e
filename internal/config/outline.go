package config

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Outline tells in one line which fields a config has and what they are in JSON, those of objects in braces:
//
//	boundary: string, psf: {rows: integer, data: numbers}
//
// A type that reads itself may say what it is by a method Outline() string.
func Outline(v any) string {
	t := reflect.TypeOf(v)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return strings.TrimSuffix(strings.TrimPrefix(outlineOf(t, 0), "{"), "}")
}

// outlined is a type that says what it is.
type outlined interface{ Outline() string }

// mostOutlined bounds the depth of objects within objects that are told.
const mostOutlined = 4

func outlineOf(t reflect.Type, depth int) string {
	if o, ok := reflect.New(t).Interface().(outlined); ok {
		return o.Outline()
	}
	if t.Kind() == reflect.Pointer {
		return outlineOf(t.Elem(), depth)
	}
	p := reflect.PointerTo(t)
	switch {
	case p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return "string"
	case p.Implements(reflect.TypeFor[json.Unmarshaler]()) && (depth > 0 || t.Kind() != reflect.Struct):
		return "value"
	}
	switch t.Kind() {
	case reflect.Struct:
		return outlineFields(t, depth)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "base64"
		}
		return "list of " + outlineOf(t.Elem(), depth)
	case reflect.Array:
		return fmt.Sprintf("%d of %s", t.Len(), outlineOf(t.Elem(), depth))
	case reflect.Map:
		return "object of " + outlineOf(t.Elem(), depth)
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "string"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Interface:
		return "value"
	}
	return "integer"
}

func outlineFields(t reflect.Type, depth int) string {
	if depth == mostOutlined {
		return "object"
	}
	var parts []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, embedded := nameOf(f)
		switch {
		case embedded:
			if inner := strings.Trim(outlineFields(f.Type, depth), "{}"); inner != "" {
				parts = append(parts, inner)
			}
		case name != "":
			parts = append(parts, name+": "+outlineOf(f.Type, depth+1))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
