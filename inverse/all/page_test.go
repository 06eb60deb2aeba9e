package all_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tweedie/internal/config"
	"tweedie/inverse"
)

// TestPageOfProblemFiles: the tables of docs/problem-files.md have a row for each kind that is registered, with its fields.
func TestPageOfProblemFiles(t *testing.T) {
	page, err := os.ReadFile("../../docs/problem-files.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, kind := range inverse.Kinds() {
		c, err := inverse.DecodeConfig([]byte(fmt.Sprintf(`{"kind":%q}`, kind)))
		if err != nil {
			t.Fatal(err)
		}
		want[kind] = config.Outline(c)
	}
	for _, kind := range inverse.NoiseKinds() {
		n, err := inverse.DecodeNoise([]byte(fmt.Sprintf(`{"kind":%q}`, kind)))
		if err != nil {
			t.Fatal(err)
		}
		want[kind] = config.Outline(n)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.HasPrefix(line, "| `") {
			rows[strings.Trim(cells[1], " `")] = strings.TrimSpace(cells[2])
			if strings.TrimSpace(cells[3]) == "" {
				t.Errorf("the row of%sdoes not say what it is", cells[1])
			}
		}
	}
	for kind, fields := range want {
		if got, ok := rows[kind]; !ok || got != fields {
			t.Errorf("docs/problem-files.md has for %s the fields %q; its row must begin\n| `%s` | %s |", kind, got, kind, fields)
		}
	}
	if len(want) < 11 {
		t.Errorf("only %d kinds are registered", len(want))
	}
}
