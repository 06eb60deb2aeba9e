package testkit

import "fmt"

// Recorder stands for the *testing.T of a suite that is itself under test: it keeps the failures that are reported.
type Recorder []string

// Helper does nothing.
func (r *Recorder) Helper() {}

// Logf does nothing.
func (r *Recorder) Logf(string, ...any) {}

// Errorf keeps a failure.
func (r *Recorder) Errorf(format string, args ...any) { *r = append(*r, fmt.Sprintf(format, args...)) }
