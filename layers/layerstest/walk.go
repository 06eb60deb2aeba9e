package layerstest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Types returns the exported types with all of the given exported methods in the Go files of dir, tests left out.
func Types(dir string, methods ...string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	has := map[string][]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || len(fn.Recv.List) != 1 {
				continue
			}
			recv := fn.Recv.List[0].Type
			if star, ok := recv.(*ast.StarExpr); ok {
				recv = star.X
			}
			if id, ok := recv.(*ast.Ident); ok && id.IsExported() {
				has[id.Name] = append(has[id.Name], fn.Name.Name)
			}
		}
	}
	var out []string
	for typ, found := range has {
		if !slices.ContainsFunc(methods, func(m string) bool { return !slices.Contains(found, m) }) {
			out = append(out, typ)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Missing returns the types of dir with all of the given methods that no row is named after. A row is named after the
// first word of its name.
func Missing(dir string, rows []string, methods ...string) ([]string, error) {
	types, err := Types(dir, methods...)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(types, func(typ string) bool {
		return slices.ContainsFunc(rows, func(row string) bool {
			first, _, _ := strings.Cut(row, " ")
			return first == typ
		})
	}), nil
}
