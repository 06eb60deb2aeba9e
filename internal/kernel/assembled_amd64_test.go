//go:build linux && !noasm

package kernel

import (
	"debug/elf"
	"debug/gosym"
	"maps"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// functionsOf returns the names of all functions in v and its fields.
func functionsOf(v reflect.Value) []string {
	names := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Func:
			if !v.IsNil() {
				names[runtime.FuncForPC(v.Pointer()).Name()] = true
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		}
	}
	walk(v)
	return slices.Sorted(maps.Keys(names))
}

// assembled returns the bytes of every function of this program that was written in assembly.
func assembled(t *testing.T) map[string][]byte {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text := f.Section(".text")
	code, err := text.Data()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := f.Section(".gopclntab").Data()
	if err != nil {
		t.Fatal(err)
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(lines, text.Addr))
	if err != nil {
		t.Fatal(err)
	}
	functions := map[string][]byte{}
	for _, fn := range table.Funcs {
		if file, _, _ := table.PCToLine(fn.Entry); strings.HasSuffix(file, "_amd64.s") {
			functions[strings.TrimSuffix(fn.Name, ".abi0")] = code[fn.Entry-text.Addr : fn.End-text.Addr]
		}
	}
	return functions
}
