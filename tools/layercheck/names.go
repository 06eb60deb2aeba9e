package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	// named matches a Go file in a document, `dir/file.go`, and the name in it that may follow, `Name` or `Type.Name`.
	named = regexp.MustCompile("`([\\w./-]+\\.go)`(?:\\s+`([\\w.]+)`)?")
	// tested matches a command that runs some tests of packages.
	tested = regexp.MustCompile(`go test ((?:\./[\w/-]+ )+)-run ('[^']+'|[\w|]+)`)
)

// stale lists what documents name and is not there: files, names in files, and tests.
func stale(dir string) (bad []string) {
	docs, _ := filepath.Glob(filepath.Join(dir, "docs", "*.md"))
	for _, doc := range append(docs, filepath.Join(dir, "README.md"), filepath.Join(dir, "CONTRIBUTING.md")) {
		text, err := os.ReadFile(doc)
		if err != nil {
			bad = append(bad, err.Error())
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			name := m[2][strings.LastIndexByte(m[2], '.')+1:]
			if strings.HasSuffix(m[1], "/NAME.go") {
				continue // one that is to be written
			}
			if !holds(`\b`+name+`\b`, filepath.Join(dir, m[1])) {
				bad = append(bad, fmt.Sprintf("%s names %s %s, which is not there", filepath.Base(doc), m[1], name))
			}
		}
		for _, m := range tested.FindAllStringSubmatch(string(text), -1) {
			var files []string
			for _, pkg := range strings.Fields(m[1]) {
				more, _ := filepath.Glob(filepath.Join(dir, pkg, "*_test.go"))
				files = append(files, more...)
			}
			for _, test := range strings.Split(strings.Trim(m[2], "'"), "|") {
				if !holds(`(?m)^func (Test|Example)\w*`+strings.TrimPrefix(test, "Test"), files...) {
					bad = append(bad, fmt.Sprintf("%s runs %s in %s, which has no such test", filepath.Base(doc), test, m[1]))
				}
			}
		}
	}
	return bad
}

// holds reports whether one of the files is there and has a match of the pattern.
func holds(pattern string, files ...string) bool {
	p := regexp.MustCompile(pattern)
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && p.Match(text) {
			return true
		}
	}
	return false
}
