package difftest_test

import (
	"fmt"

	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
)

// printer prints what *testing.T would report.
type printer struct{}

func (printer) Helper()                      {}
func (printer) Errorf(f string, args ...any) { fmt.Printf(f+"\n", args...) }

// biased returns Euler's rule with too few steps.
func biased() diffusion.Heun {
	h := diffusion.DefaultHeun()
	h.Steps, h.Order = 8, 1
	return h
}

// A sampler of one's own is held to N(m, c I), whose samples are known. In a test, pass *testing.T.
func ExampleSampler() {
	difftest.Sampler(printer{}, diffusion.DefaultHeun()) // passes, and says nothing
	difftest.Sampler(printer{}, biased())
	// Output:
	// heun: prior variance 0.25 is sampled with 0.1107486, want 0.25 within 0.04
	// heun: prior variance 1 is sampled with 0.4786003, want 1 within 0.1
}

// A schedule of one's own is held to its own equations.
func ExampleSchedule() {
	difftest.Schedule(printer{}, diffusion.DefaultVP())
	fmt.Println("done")
	// Output: done
}
