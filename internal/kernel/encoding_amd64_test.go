//go:build linux && !noasm

package kernel

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"testing"
)

// A path may hold only instructions that every processor which takes it has. Whether the
// registers or the opcode needs AVX-512, the encoding shows it.
func TestPathsKeepToTheirEncodings(t *testing.T) {
	code := assembled(t)
	for _, c := range []struct {
		path      assembly
		most      encoding
		functions int // at least
	}{{pathAVX2(), vex, 80}, {pathGeneric(), legacy, 0}} {
		names := functionsOf(reflect.ValueOf(c.path))
		if len(names) < c.functions {
			t.Errorf("%s: %d functions, want %d and more", c.path.name, len(names), c.functions)
		}
		for _, name := range names {
			if err := keepsTo(code[name], c.most); err != nil {
				t.Errorf("%s: %s: %v", c.path.name, name, err)
			}
		}
	}
	if err := keepsTo(code[functionsOf(reflect.ValueOf(fill512))[0]], vex); err == nil {
		t.Error("fill512 passes for a function of AVX2")
	}
}

func TestKeepsTo(t *testing.T) {
	const add, ternary, ret = "\xc5\xec\x58\xd9", "\x62\xf3\x7d\x08\x25\xc0\x01", "\xc3"
	for _, c := range []struct {
		code, want string
		most       encoding
	}{
		{ret, "", legacy},
		{add + ret, "", vex},
		{add + ret, "offset 0: c5 ec 58 d9 is VEX", legacy},
		{add + ternary + ret, "offset 4: 62 f3 7d 08 25 c0 01 is EVEX", vex},
		{"", "no code", evex},
	} {
		if got := fmt.Sprint(keepsTo([]byte(c.code), c.most)); got != c.want && (c.want != "" || got != "<nil>") {
			t.Errorf("% x: %s; want %q", c.code, got, c.want)
		}
	}
}

// Only a path may name a function in assembly: one that other code calls would run everywhere.
func TestOnlyPathsUseAssembly(t *testing.T) {
	calls, bodyless := map[string]string{}, map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Body == nil {
					bodyless[n.Name.Name] = true
				}
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok {
					calls[id.Name] = file
				}
			}
			return true
		})
	}
	if len(bodyless) < 160 {
		t.Errorf("%d functions in assembly, want 160 and more", len(bodyless))
	}
	for name := range bodyless {
		if file := calls[name]; file != "" {
			t.Errorf("%s calls %s without asking which path is in use", file, name)
		}
	}
}

// keepsTo returns an error that shows the first instruction whose encoding is above most.
func keepsTo(code []byte, most encoding) error {
	if len(code) == 0 {
		return fmt.Errorf("no code")
	}
	for at := 0; at < len(code); {
		e, n, err := decode(code[at:])
		if err != nil {
			return fmt.Errorf("offset %d: %w", at, err)
		}
		if e > most {
			return fmt.Errorf("offset %d: % x is %v", at, code[at:at+n], e)
		}
		at += n
	}
	return nil
}
