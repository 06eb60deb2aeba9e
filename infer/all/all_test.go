package all_test

import (
	"os"
	"strings"
	"testing"

	"tweedie/infer"
	_ "tweedie/infer/all"
)

// Every registered method has a column in the table of docs/methods.md and a section of its own.
func TestMethodsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/methods.md")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(text), "|---|")
	if len(infer.Kinds()) < 3 {
		t.Errorf("only %v are registered", infer.Names())
	}
	for _, k := range infer.Kinds() {
		if !strings.Contains(head, "| "+k.Title+" |") {
			t.Errorf("the table of docs/methods.md has no column %s", k.Title)
		}
		if !strings.Contains(string(text), "\n## "+k.Title+" (") {
			t.Errorf("docs/methods.md has no section on %s", k.Title)
		}
	}
}
