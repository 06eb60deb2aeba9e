package kernel

//go:generate go -C ../../tools/asmgen run . -what gemm -pkg kernel -out ../../internal/kernel/gemm_amd64.s -stubs ../../internal/kernel/gemm_amd64.go
//go:generate go -C ../../tools/asmgen run . -what pack -pkg kernel -out ../../internal/kernel/pack_amd64.s -stubs ../../internal/kernel/pack_amd64.go
