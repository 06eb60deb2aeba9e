package cli

import (
	"context"
	"testing"
)

// Verbs that time this machine end when they are cancelled, with code 130 and without a result.
func TestCancelledTimings(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"doctor"},
		{"doctor", "--json"},
		{"plan", "--preset", "blackhole", "--size", "8", "--timed"},
		append([]string{"bench", "unet", "--ops"}, smallYardstick...),
		{"bench", "score", "--runs", "1"},
	} {
		code, out, msg := tweedieIn(t, ctx, args...)
		if code != 130 || out != "" || msg != "tweedie: interrupted; nothing was written\n" {
			t.Errorf("%v: code %d, %q, %q; want 130 and no result", args, code, out, msg)
		}
	}
}
