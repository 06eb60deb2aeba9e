package problem

import (
	"tweedie/internal/arrays"
	_ "tweedie/internal/arrays/files" // the formats that ship
)

// Array is numbers as a problem file gives them. In JSON it is one of
//
//	[[0.1, null], [0.3, 0.4]]             the numbers, nested by their shape; null is missing, true is 1, false is 0
//	"y.npy", "night.npz:y", "sky.fits:1"  a file; of an npz or a FITS file the array behind the colon
//	{"file": "night.npz", "member": "y"}  the same
//	{"real": [0.1, 0.2], "imag": [0, 1]}  complex numbers
//
// Its method Read returns the Values.
type Array = arrays.Array

// Values are the numbers of an Array, row by row: Data [Shape], NaN is missing. When Complex is set, Data are (re, im)
// pairs, so twice as many as Shape says.
type Values = arrays.Values

// Format reads arrays from files of one kind, which Match tells by the name and the first 512 bytes of a file.
type Format = arrays.Format

// Use says what an array is read for, which pictures follow: the values of black and of white, and whether colours
// become luma.
type Use = arrays.Use

// Numbers returns an Array that is written out.
func Numbers(shape []int, data []float64) *Array { return arrays.Numbers(shape, data) }

// FromFile returns an Array that a file holds, with the member behind a colon: "y.npy", "night.npz:y", "sky.fits:1".
func FromFile(path string) *Array { return arrays.FromFile(path) }

// RegisterFormat makes every array of a problem file, and of a file of a prior, readable from files of another kind.
// What is registered last is asked first.
func RegisterFormat(f Format) { arrays.RegisterFormat(f) }
