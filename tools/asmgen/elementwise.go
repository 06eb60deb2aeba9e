package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementwise is a loop over vectors: body gets one vector of every input and returns
// one for every output; unroll vectors are done a turn.
type elementwise struct {
	isa     isa
	name    string
	ins     []string
	outs    []string
	unroll  int
	offset  reg.GPVirtual
	pointer map[string]reg.GPVirtual
}

// run emits the loop; it uses the parameters named in ins and outs and n.
func (e *elementwise) run(body func(in []vec, t *tail) []vec) {
	v, n := e.isa, arg("n")
	e.pointer = map[string]reg.GPVirtual{}
	for _, name := range append(append([]string{}, e.ins...), e.outs...) {
		if e.pointer[name] == nil {
			e.pointer[name] = arg(name)
		}
	}
	e.offset = GP64()
	XORQ(e.offset, e.offset)
	at := func(name string, u int) Mem {
		return Mem{Base: e.pointer[name], Index: e.offset, Scale: 1, Disp: u * v.bytes()}
	}
	once := func(u int, t *tail) {
		var in []vec
		for _, name := range e.ins {
			in = append(in, v.load(at(name, u), t))
		}
		for i, r := range body(in, t) {
			v.store(r, at(e.outs[i], u), t)
		}
	}
	step := e.unroll * v.lanes
	SUBQ(Imm(uint64(step)), n)
	JL(LabelRef(label(e.name, "tail")))
	Label(label(e.name, "loop"))
	for u := range e.unroll {
		once(u, nil)
	}
	ADDQ(U32(uint32(4*step)), e.offset)
	SUBQ(Imm(uint64(step)), n)
	JGE(LabelRef(label(e.name, "loop")))
	Label(label(e.name, "tail"))
	ADDQ(Imm(uint64(step)), n)
	JLE(LabelRef(label(e.name, "done")))
	Label(label(e.name, "part"))
	once(0, v.mask(n))
	ADDQ(U32(uint32(v.bytes())), e.offset)
	SUBQ(Imm(uint64(v.lanes)), n)
	JG(LabelRef(label(e.name, "part")))
	Label(label(e.name, "done"))
}
