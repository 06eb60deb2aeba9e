package autodiff_test

import (
	"testing"

	"tweedie/autodiff/gradtest"
)

// rowsB returns the conformance rows of convolution, resampling, normalisation, attention, FFT and linear maps.
func rowsB() []gradtest.Case {
	var rows []gradtest.Case
	rows = append(rows, convRows()...)
	rows = append(rows, poolRows()...)
	rows = append(rows, normRows()...)
	rows = append(rows, otherNormRows()...)
	rows = append(rows, selfRows()...)
	rows = append(rows, resizeRows()...)
	rows = append(rows, fftRows()...)
	rows = append(rows, mapRows()...)
	return rows
}

func TestConformanceB(t *testing.T) {
	for _, c := range rowsB() {
		gradtest.Check(t, c)
	}
}
