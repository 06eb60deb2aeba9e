package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// named matches a Go file in a document, `dir/file.go`, and the name in it that may follow, `Name` or `Type.Name`.
var named = regexp.MustCompile("`([\\w./-]+\\.go)`(?:\\s+`([\\w.]+)`)?")

// stale lists the files that documents name and that do not exist, and the names that are not in their files.
func stale(dir string) (bad []string) {
	docs, _ := filepath.Glob(filepath.Join(dir, "docs", "*.md"))
	for _, doc := range append(docs, filepath.Join(dir, "README.md"), filepath.Join(dir, "CONTRIBUTING.md")) {
		text, err := os.ReadFile(doc)
		if err != nil {
			bad = append(bad, err.Error())
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			if strings.HasSuffix(m[1], "/NAME.go") {
				continue // one that is to be written
			}
			file, name := m[1], m[2][strings.LastIndexByte(m[2], '.')+1:]
			source, err := os.ReadFile(filepath.Join(dir, file))
			switch {
			case err != nil:
				bad = append(bad, fmt.Sprintf("%s names the file %s, which is not there", filepath.Base(doc), file))
			case !regexp.MustCompile(`\b` + name + `\b`).Match(source):
				bad = append(bad, fmt.Sprintf("%s names %s, which is not in %s", filepath.Base(doc), name, file))
			}
		}
	}
	return bad
}
