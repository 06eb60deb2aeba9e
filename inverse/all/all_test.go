package all_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryRoomIsImported reads the folders beside this one: each that registers an operator or a noise stands among the imports.
func TestEveryRoomIsImported(t *testing.T) {
	imports, err := os.ReadFile("all.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	rooms := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		room := filepath.Base(filepath.Dir(name))
		if strings.HasSuffix(name, "_test.go") || !strings.Contains(string(text), "inverse.Register") {
			continue
		}
		rooms++
		if !strings.Contains(string(imports), `_ "tweedie/inverse/`+room+`"`) {
			t.Errorf("%s registers something, but this package does not import %s", name, room)
		}
	}
	if rooms < 4 {
		t.Errorf("only %d files register something; the walk is broken", rooms)
	}
}
