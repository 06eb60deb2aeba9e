package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// The median of an even number of rounds lies between the middle two, column by column.
func TestMedians(t *testing.T) {
	s := medians([]Timing{{Engine: "a", Median: 4, PeakRSS: 10, Above: 1}, {Median: 1, PeakRSS: 40, Above: 7}, {Median: 2, PeakRSS: 20, Above: 3}, {Median: 9, PeakRSS: 30, Above: 5}})
	if s != (Side{Engine: "a", MS: 3, RSS: 25, Above: 4}) {
		t.Errorf("%+v", s)
	}
}

// A size out of bounds is an error that names the flag.
func TestSizeErrors(t *testing.T) {
	for want, s := range map[string]Size{
		"--size is 1":           {Side: 1, Channels: 1, Batch: 1, Runs: 1},
		"--threads is 2000":     {Side: 2, Channels: 1, Batch: 1, Runs: 1, Threads: 2000},
		"make more than":        {Side: 1 << 14, Channels: 64, Batch: 1, Runs: 1},
		"--runs is 0; it must ": {Side: 2, Channels: 1, Batch: 1},
	} {
		if _, err := s.Use(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want %q", s, err, want)
		}
	}
}

// A measurement ends when its context does, and runs the work twice more than it times.
func TestMeasure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	r, err := measure(ctx, "x", 3, 1, 0, nil, func() error { n++; return nil })
	if err != nil || n != 5 || r.Runs != 3 || r.Least > r.Median {
		t.Errorf("%d runs, %+v, %v", n, r, err)
	}
	_, err = measure(ctx, "x", 100, 1, 0, nil, func() error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after it is cancelled: %v", err)
	}
}
