package ckpt

import (
	"strings"
	"testing"
)

// A value that is no tensor is told on one line, without control characters, and a long list is cut.
func TestTold(t *testing.T) {
	many := make([]any, 25)
	for v, want := range map[string]any{
		"none": nil, `"a\x1b[0m"`: "a\x1b[0m", "3 bytes": []byte{1, 2, 3}, "[1 [true]]": []any{int64(1), []any{true}}, "0.5": .5,
		"[" + strings.Repeat("none ", 20) + "and 5 more]": many,
	} {
		if got := told(want); got != v {
			t.Errorf("%v is told as %s, want %s", want, got, v)
		}
	}
}
