package rng

// The root key of seed 0, and successive draws of New(42).Split("golden", 1).Stream().
const goldenKey = "1d635043ebb9abaa86aa209aaed836e15df62b93dcfa2f56264753bd9cc28199"

var (
	goldenUint64  = []uint64{0x78ecbdd00160bd30, 0xd0862ea5d7ed2149, 0x3a9ec30926834a9b, 0x4f90c042a01d2924}
	goldenFloat64 = []float64{0.04336856560104507, 0.8793701923645888}
	goldenNorm    = []float64{-0.23330703022561997, -0.94302110302027031, 1.5681043514206172, -1.4595624212079348}
	goldenPerm    = []int{3, 5, 6, 1, 2, 7, 0, 4}
	goldenSigns   = []float64{-1, 1, 1, 1, 1, 1, -1, -1}
)
