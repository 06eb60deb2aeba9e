// Package absent tells whether an argument was left out.
package absent

import "reflect"

// Is reports whether v is nil, or an interface that holds a nil pointer, function, map or slice.
func Is(v any) bool {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Slice:
		return r.IsNil()
	}
	return false
}
