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
	return append(list, assembly{name: "generic"})
}

func pathAVX512() assembly {
	p := packing("avx512", 12, 16)
	p.gemm[12] = [3]microKernel{nil, gemm512_12x1, gemm512_12x2}
	p.gemm[8] = [3]microKernel{nil, gemm512_8x1, gemm512_8x2}
	p.gemm[4] = [3]microKernel{nil, gemm512_4x1, gemm512_4x2}
	p.gemm[2] = [3]microKernel{nil, gemm512_2x1, gemm512_2x2}
	p.gemm[1] = [3]microKernel{nil, gemm512_1x1, gemm512_1x2}
	return p
}

func pathAVX2() assembly {
	p := packing("avx2", 6, 8)
	p.gemm[6] = [3]microKernel{nil, gemmAVX2_6x1, gemmAVX2_6x2}
	p.gemm[4] = [3]microKernel{nil, gemmAVX2_4x1, gemmAVX2_4x2}
	p.gemm[2] = [3]microKernel{nil, gemmAVX2_2x1, gemmAVX2_2x2}
	p.gemm[1] = [3]microKernel{nil, gemmAVX2_1x1, gemmAVX2_1x2}
	return p
}

// packing starts a path with the copies that every one shares.
func packing(name string, rows, lane int) assembly {
	p := assembly{name: name, rows: rows, lane: lane, copyCols: copyCols, addRows: addRows}
	p.copyRows[32], p.copyRows[16], p.copyRows[8] = copyRows32, copyRows16, copyRows8
	p.copyRows[4], p.copyRows[2], p.copyRows[1] = copyRows4, copyRows2, copyRows1
	return p
}
