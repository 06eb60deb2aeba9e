package inverse_test

import (
	"os"
	"strings"
	"testing"

	"tweedie/inverse"
)

// TestDocumentedNoises decodes every description in docs/noises.md, and wants one of each kind in a section of its name.
func TestDocumentedNoises(t *testing.T) {
	text, err := os.ReadFile("../docs/noises.md")
	if err != nil {
		t.Fatal(err)
	}
	section, seen := "", map[string]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			section = name
		}
		json, ok := strings.CutPrefix(line, "    {")
		if !ok {
			continue
		}
		n, err := inverse.DecodeNoise([]byte("{" + json))
		switch {
		case err != nil:
			t.Errorf("%s: %v", line, err)
			continue
		case n.Kind() != section:
			t.Errorf("%s stands below %s", line, section)
		case !strings.Contains(json, "auto") && !strings.Contains(json, "C.npy"):
			if err := n.Validate(3); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		seen[n.Kind()] = true
	}
	for _, kind := range inverse.NoiseKinds() {
		if !seen[kind] && kind != "logistic" { // the example's own
			t.Errorf("docs/noises.md describes no noise of the kind %s", kind)
		}
	}
}
