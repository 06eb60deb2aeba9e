package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Missing data are asked for by NaN: how many there are is a note, not a warning.
func TestMissingDataAreANote(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "problem.json")
	row := "[0.1,0.2,0.3,null,0.5,0.6,0.7,0.8]"
	text := `{"prior":"digits8","operator":{"kind":"identity"},"noise":{"kind":"gaussian","sigma":0.1},"method":{"kind":"red-diff"},"samples":1,"data":[` +
		strings.Repeat(row+",", 7) + row + `]}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out := must(t, "solve", "--problem", path, "--out", filepath.Join(dir, "out"))
	if !strings.Contains(out, "note: 8 of 64 entries of the measurement are NaN") {
		t.Errorf("no note tells of the missing data:\n%s", out)
	}
	page, err := os.ReadFile(filepath.Join(dir, "out", "report.html"))
	if err != nil || !strings.Contains(string(page), "8 of 64 entries are missing") {
		t.Errorf("the page does not draw the measurement with its missing entries: %v", err)
	}
}
