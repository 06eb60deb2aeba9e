package cli

import (
	"testing"

	"tweedie/prior/training"
)

// The embedded digits are held out by the default fraction, which the tests of internal/demo repeat.
func TestDefaultFractionHeldOut(t *testing.T) {
	if f := training.Default().Data.Validation; f != .1 {
		t.Errorf("the default fraction is %v, and the images that the demonstration carries are held out at .1", f)
	}
}
