//go:build !noasm

package kernel

import "golang.org/x/sys/cpu"

// paths lists what this processor can run, the best first.
func paths() []assembly {
	var list []assembly
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasFMA && x.HasBMI2 {
		list = append(list, pathAVX512())
	}
	if x.HasAVX2 && x.HasFMA {
		list = append(list, pathAVX2())
	}
	return append(list, pathGeneric())
}

func pathAVX512() assembly {
	p := packing("avx512", 12, 16)
	p.gemm[12] = [3]microKernel{nil, gemm512_12x1, gemm512_12x2}
	p.gemmFar = gemm512_12x2Far
	p.gemm[8] = [3]microKernel{nil, gemm512_8x1, gemm512_8x2}
	p.gemm[4] = [3]microKernel{nil, gemm512_4x1, gemm512_4x2}
	p.gemm[2] = [3]microKernel{nil, gemm512_2x1, gemm512_2x2}
	p.gemm[1] = [3]microKernel{nil, gemm512_1x1, gemm512_1x2}
	p.unary = [unaryOps]func(dst, x *float32, n int){Neg: neg512, Abs: abs512, Square: square512, Sqrt: sqrt512, Rsqrt: rsqrt512, Recip: recip512, Exp: exp512, Tanh: tanh512, Sigmoid: sigmoid512, SiLU: silu512, siluGrad: siluGrad512, Expm1: expm1512, Log: log512, Log1p: log1p512, Softplus: softplus512, Erf: erf512, GELU: gelu512}
	p.binary = [binaryOps]func(dst, a, b *float32, n int){Add: add512, Sub: sub512, Mul: mul512, Div: div512, Max2: max512, Min2: min512, Less: less512, LessEq: lessEqual512}
	p.affine = affine512
	p.affineSilu = affineSilu512
	p.siluBack = siluBack512
	p.siluCurve = siluCurve512
	p.combine = combine512
	p.clamp = clamp512
	p.axpy = axpy512
	p.fill = fill512
	p.where = where512
	p.adam = adam512
	p.mix = mix512
	p.sum = sum512
	p.largest = largest512
	p.moments = moments512
	p.sumWide = sumWide512
	p.dotWide = dotWide512
	p.expSum = expSum512
	p.columns = columnKernels{max: columnMax512, exp: columnExp512, dot: columnDot512, times: columnTimes512, centre: columnCentre512, mix: columnMix512}
	p.copyBlock = copyBlock512
	p.wino = [4]winoKernels{
		{input: [3]tileToPoints{wino2Input512x1, wino2Input512x1, wino2Input512x1}, delta: [3]tileToPoints{wino2Delta512x1, wino2Delta512x1, wino2Delta512x1}, output: [3]pointsToTile{wino2Output512x1, wino2Output512x1, wino2Output512x1}, weight: wino2Weight512, taps: wino2Taps512},
		{input: [3]tileToPoints{wino4Input512x1, wino4Input512x2, wino4Input512x4}, delta: [3]tileToPoints{wino4Delta512x1, wino4Delta512x2, wino4Delta512x4}, output: [3]pointsToTile{wino4Output512x1, wino4Output512x2, wino4Output512x4}, weight: wino4Weight512, taps: wino4Taps512},
		{input: [3]tileToPoints{doubleInput512}, delta: [3]tileToPoints{doubleDelta512}, output: [3]pointsToTile{doubleOutput512}, weight: doubleWeight512, taps: doubleTaps512},
		{input: [3]tileToPoints{halveInput512}, output: [3]pointsToTile{halveOutput512}, weight: doubleWeight512},
	}
	return p
}

func pathAVX2() assembly {
	p := packing("avx2", 6, 8)
	p.gemm[6] = [3]microKernel{nil, gemmAVX2_6x1, gemmAVX2_6x2}
	p.gemmFar = gemmAVX2_6x2Far
	p.gemm[4] = [3]microKernel{nil, gemmAVX2_4x1, gemmAVX2_4x2}
	p.gemm[2] = [3]microKernel{nil, gemmAVX2_2x1, gemmAVX2_2x2}
	p.gemm[1] = [3]microKernel{nil, gemmAVX2_1x1, gemmAVX2_1x2}
	p.unary = [unaryOps]func(dst, x *float32, n int){Neg: negAVX2, Abs: absAVX2, Square: squareAVX2, Sqrt: sqrtAVX2, Rsqrt: rsqrtAVX2, Recip: recipAVX2, Exp: expAVX2, Tanh: tanhAVX2, Sigmoid: sigmoidAVX2, SiLU: siluAVX2, siluGrad: siluGradAVX2, Expm1: expm1AVX2, Log: logAVX2, Log1p: log1pAVX2, Softplus: softplusAVX2, Erf: erfAVX2, GELU: geluAVX2}
	p.binary = [binaryOps]func(dst, a, b *float32, n int){Add: addAVX2, Sub: subAVX2, Mul: mulAVX2, Div: divAVX2, Max2: maxAVX2, Min2: minAVX2, Less: lessAVX2, LessEq: lessEqualAVX2}
	p.affine = affineAVX2
	p.affineSilu = affineSiluAVX2
	p.siluBack = siluBackAVX2
	p.siluCurve = siluCurveAVX2
	p.combine = combineAVX2
	p.clamp = clampAVX2
	p.axpy = axpyAVX2
	p.fill = fillAVX2
	p.where = whereAVX2
	p.adam = adamAVX2
	p.mix = mixAVX2
	p.sum = sumAVX2
	p.largest = largestAVX2
	p.moments = momentsAVX2
	p.sumWide = sumWideAVX2
	p.dotWide = dotWideAVX2
	p.expSum = expSumAVX2
	p.columns = columnKernels{max: columnMaxAVX2, exp: columnExpAVX2, dot: columnDotAVX2, times: columnTimesAVX2, centre: columnCentreAVX2, mix: columnMixAVX2}
	p.copyBlock = copyBlockAVX2
	p.wino = [4]winoKernels{
		{input: [3]tileToPoints{wino2InputAVX2x1, wino2InputAVX2x1, wino2InputAVX2x1}, delta: [3]tileToPoints{wino2DeltaAVX2x1, wino2DeltaAVX2x1, wino2DeltaAVX2x1}, output: [3]pointsToTile{wino2OutputAVX2x1, wino2OutputAVX2x1, wino2OutputAVX2x1}, weight: wino2WeightAVX2, taps: wino2TapsAVX2},
		{input: [3]tileToPoints{wino4InputAVX2x1, wino4InputAVX2x2, wino4InputAVX2x2}, delta: [3]tileToPoints{wino4DeltaAVX2x1, wino4DeltaAVX2x2, wino4DeltaAVX2x2}, output: [3]pointsToTile{wino4OutputAVX2x1, wino4OutputAVX2x2, wino4OutputAVX2x2}, weight: wino4WeightAVX2, taps: wino4TapsAVX2},
		{input: [3]tileToPoints{doubleInputAVX2}, delta: [3]tileToPoints{doubleDeltaAVX2}, output: [3]pointsToTile{doubleOutputAVX2}, weight: doubleWeightAVX2, taps: doubleTapsAVX2},
		{input: [3]tileToPoints{halveInputAVX2}, output: [3]pointsToTile{halveOutputAVX2}, weight: doubleWeightAVX2},
	}
	return p
}

// packing starts a path with the copies that every one shares.
func packing(name string, rows, lane int) assembly {
	p := assembly{name: name, rows: rows, lane: lane, copyCols: copyCols, addRows: addRows}
	p.copyRows[32], p.copyRows[16], p.copyRows[8] = copyRows32, copyRows16, copyRows8
	p.copyRows[4], p.copyRows[2], p.copyRows[1] = copyRows4, copyRows2, copyRows1
	return p
}
