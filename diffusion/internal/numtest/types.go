package numtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TypesWith returns the exported types of the package in the current folder that have one of the given methods: the
// types that a conformance table must have a row for.
func TypesWith(t *testing.T, methods ...string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !slices.Contains(methods, fn.Name.Name) {
				continue
			}
			typ := fn.Recv.List[0].Type
			if p, ok := typ.(*ast.StarExpr); ok {
				typ = p.X
			}
			if name := typ.(*ast.Ident).Name; ast.IsExported(name) {
				found[name] = true
			}
		}
	}
	return found
}

// Rows fails t unless the table has a row for every type in found, and no other.
func Rows(t *testing.T, found map[string]bool, table map[string]func(*testing.T)) {
	t.Helper()
	for name := range found {
		if table[name] == nil {
			t.Errorf("type %s has no row in the conformance table", name)
		}
	}
	for name := range table {
		if !found[name] {
			t.Errorf("row %s belongs to no type", name)
		}
	}
}
