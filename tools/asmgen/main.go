// Command asmgen writes the amd64 assembly of internal/kernel with avo.
//
//	go run ./asmgen -what gemm -pkg kernel -out gemm_amd64.s -stubs gemm_amd64.go
//
// Each file's loops are written once, over a vector type that is ZMM for AVX-512
// (F, DQ, BW, VL) and YMM for AVX2 with FMA, and generated for both.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
	passes "github.com/mmcloughlin/avo/pass"
)

var files = map[string]func(){
	"gemm":     gemm,
	"pack":     pack,
	"unary":    unary,
	"binary":   binary,
	"loops":    loops,
	"sums":     sums,
	"columns":  columns,
	"winograd": winograd,
}

func main() {
	log.SetFlags(0)
	what := flag.String("what", "", "the file to generate")
	flag.Parse()
	f, ok := files[*what]
	if !ok {
		log.Fatalf("asmgen: -what %q: no such file", *what)
	}
	ConstraintExpr("!noasm")
	f()
	passes.Compile = compile
	Generate()
}
