package kernel

// ConvAlgorithm names how Conv treats float32 data of these sizes: "winograd F(4x4,3x3)",
// "winograd F(2x2,3x3)", "winograd of a doubled image" or "direct". N has no say.
func ConvAlgorithm(p ConvArgs) string {
	p = p.full("ConvAlgorithm")
	switch tileSize[float32](&p) {
	case 4:
		return "winograd F(4x4,3x3)"
	case 2:
		return "winograd F(2x2,3x3)"
	case doubling:
		return "winograd of a doubled image"
	}
	return "direct"
}

// filterable reports whether p is a plane convolution that minimal filtering can do.
func filterable(p *ConvArgs) bool {
	one := [3]int{1, 1, 1}
	low, high := min(p.PadLo[1], p.PadLo[2], p.PadHi[1], p.PadHi[2]), max(p.PadLo[1], p.PadLo[2], p.PadHi[1], p.PadHi[2])
	padded := p.Upsample == one && high <= 2 || doubled(p) && low == 1 && high == 1
	return padded && p.Groups == 1 && p.Kernel == [3]int{1, 3, 3} && p.Stride == one && p.Dilation[1] == 1 && p.Dilation[2] == 1 &&
		p.In[0] == 1 && p.Out[0] == 1
}

// tileSize is m of the filtering F(m x m, 3x3) that p gets, doubling, or 0: measured on AVX-512
// with batches of 8 and 16. Few input channels do not repay their transform; in planes of at
// most 6x6 tiles of 4x4 do not save enough.
//
//	C < 4, upsampled C < 8   direct
//	upsampled by 2           doubling
//	H, W <= 6                F(2x2,3x3)
//	otherwise                F(4x4,3x3)
func tileSize[T Float](p *ConvArgs) int {
	switch {
	case !isSingle[T]() || p.Direct || !filterable(p) || p.C < 4 || doubled(p) && p.C < 8:
		return 0
	case doubled(p):
		return doubling
	case max(p.Out[1], p.Out[2]) <= 6:
		return 2
	}
	return 4
}

// gradTileSize is tileSize for the weights' gradient: direct below 8 input channels.
func gradTileSize[T Float](p *ConvArgs) int {
	if p.C < 8 {
		return 0
	}
	return tileSize[T](p)
}

// inputTileSize is tileSize for the gradient of p's input, which turned(p) computes.
func inputTileSize[T Float](p *ConvArgs) int {
	if !filterable(p) {
		return 0
	}
	q := turned(*p)
	switch {
	case !doubled(p):
		return tileSize[T](&q)
	case tileSize[T](p) == doubling:
		return halving
	}
	return 0
}

// turned is the convolution that computes the gradient of p's input.
func turned(p ConvArgs) ConvArgs {
	p.C, p.K, p.In, p.Out = p.K, p.C, p.Out, p.In
	for i := 1; i < 3; i++ {
		p.PadLo[i], p.PadHi[i] = 2-p.PadLo[i], 2-p.PadHi[i]
	}
	return p
}
