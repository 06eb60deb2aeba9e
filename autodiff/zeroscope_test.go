package autodiff_test

import (
	"reflect"
	"strings"
	"testing"

	"tweedie/autodiff"
)

// Every method of a Scope that no arena opened either works or panics with words.
func TestZeroScope(t *testing.T) {
	for name, s := range map[string]*autodiff.Scope{"zero": {}, "nil": nil} {
		v := reflect.ValueOf(s)
		for i := range v.NumMethod() {
			method := v.Type().Method(i).Name
			if strings.HasSuffix(method, "Member") { // of this package's tests
				continue
			}
			t.Run(name+" "+method, func(t *testing.T) {
				defer func() {
					r := recover()
					if r == nil {
						return
					}
					err, ok := r.(error)
					if !ok || strings.Contains(err.Error(), "nil pointer") || strings.Contains(err.Error(), "runtime error") {
						t.Errorf("it panics with %v", r)
					}
				}()
				f := v.Method(i)
				var args []reflect.Value
				for k := range f.Type().NumIn() {
					if f.Type().IsVariadic() && k == f.Type().NumIn()-1 {
						break
					}
					args = append(args, reflect.Zero(f.Type().In(k)))
				}
				f.Call(args)
			})
		}
	}
}

func TestZeroScopeSaysWhatToDo(t *testing.T) {
	var err error
	func() {
		defer autodiff.Catch(&err)
		new(autodiff.Scope).Const64(autodiff.S(1), []float64{1})
	}()
	if err == nil || !strings.Contains(err.Error(), "NewArena().Scope opens one") {
		t.Errorf("a zero Scope says %v", err)
	}
}
