package kernel

//go:generate go -C ../../tools/asmgen run . -what gemm -pkg kernel -out ../../internal/kernel/gemm_amd64.s -stubs ../../internal/kernel/gemm_amd64.go
//go:generate go -C ../../tools/asmgen run . -what pack -pkg kernel -out ../../internal/kernel/pack_amd64.s -stubs ../../internal/kernel/pack_amd64.go
//go:generate go -C ../../tools/asmgen run . -what unary -pkg kernel -out ../../internal/kernel/unary_amd64.s -stubs ../../internal/kernel/unary_amd64.go
//go:generate go -C ../../tools/asmgen run . -what binary -pkg kernel -out ../../internal/kernel/binary_amd64.s -stubs ../../internal/kernel/binary_amd64.go
//go:generate go -C ../../tools/asmgen run . -what loops -pkg kernel -out ../../internal/kernel/loops_amd64.s -stubs ../../internal/kernel/loops_amd64.go
//go:generate go -C ../../tools/asmgen run . -what sums -pkg kernel -out ../../internal/kernel/sums_amd64.s -stubs ../../internal/kernel/sums_amd64.go
//go:generate go -C ../../tools/asmgen run . -what winograd -pkg kernel -out ../../internal/kernel/winograd_amd64.s -stubs ../../internal/kernel/winograd_amd64.go
//go:generate go -C ../../tools/asmgen run . -what columns -pkg kernel -out ../../internal/kernel/columns_amd64.s -stubs ../../internal/kernel/columns_amd64.go
