package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The table of packages stands in the document between these two lines.
const (
	document = "docs/architecture.md"
	opening  = "<!-- the table of packages: go run -C tools ./layercheck -write .. -->\n"
	closing  = "<!-- the end of the table -->\n"
)

// table returns the rows of the table of layers as Markdown, the lowest level first. The level of a row is one more than
// the highest of those that it may import, and its text begins the package's documentation.
func table(pkgs []pkg) string {
	docs := map[string]string{}
	for _, p := range pkgs {
		docs[strings.TrimPrefix(p.ImportPath, "tweedie/")] = p.Doc
	}
	rows := slices.SortedFunc(maps.Keys(allowed), func(a, b string) int {
		return 1000*(level(a)-level(b)) + strings.Compare(a, b)
	})
	var b strings.Builder
	b.WriteString("| level | package | may import, with all that those may | it |\n|--:|---|---|---|\n")
	for _, r := range rows {
		var below []string
		for _, k := range allowed[r] {
			below = append(below, "`"+k+"`")
		}
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s |\n", level(r), r, strings.Join(below, ", "), brief(docs[r]))
	}
	return b.String()
}

// brief returns the first clause of a package's documentation, without the words "Package name".
func brief(doc string) string {
	if rest, ok := strings.CutPrefix(doc, "Package "); ok {
		_, doc, _ = strings.Cut(rest, " ")
	}
	doc, _, _ = strings.Cut(doc, ": ")
	return strings.ReplaceAll(strings.TrimSuffix(doc, "."), "|", `\|`)
}

func level(row string) int {
	n := 0
	for _, k := range allowed[row] {
		n = max(n, level(k)+1)
	}
	return n
}

// compare reports whether the document below dir holds the table, or writes it there.
func compare(dir, table string, write bool) error {
	path := filepath.Join(dir, document)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(text, []byte(opening))
	have, after, ok2 := bytes.Cut(rest, []byte(closing))
	switch {
	case !ok || !ok2:
		return fmt.Errorf("%s has no table of packages; it stands between the lines %q and %q", document, opening, closing)
	case string(have) == table:
		return nil
	case !write:
		return errors.New(document + ": the table of packages is not the one of tools/layercheck; 'make generate' writes it")
	}
	return os.WriteFile(path, slices.Concat(before, []byte(opening), []byte(table), []byte(closing), after), 0o666)
}
