package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// columns generates passes down the columns of strips [rows, width], width a positive multiple of 16, rows positive:
// sixteen columns at a time, row after row.
func columns() {
	for _, v := range []isa{avx512, avx2} {
		columnMax(v)
		columnExp(v)
		columnDot(v)
		columnTimes(v)
		columnCentre(v)
		columnMix(v)
	}
}

// pass is one pass down the columns.
type pass struct {
	isa
	name string
	at   reg.GPVirtual            // of the row, in bytes from the start of a strip
	col  reg.GPVirtual            // of the columns, in bytes from the start of a row
	ptr  map[string]reg.GPVirtual // of the parameters
}

// newPass starts a kernel whose pointers are named; rows and width follow them.
func newPass(v isa, name, signature, doc string, pointers ...string) *pass {
	p := &pass{isa: v, name: name + v.name, ptr: map[string]reg.GPVirtual{}}
	head(p.name, signature, p.name+" "+doc)
	for _, s := range pointers {
		p.ptr[s] = arg(s)
	}
	return p
}

// vectors is how many vectors sixteen columns are.
func (p *pass) vectors() int { return 16 / p.lanes }

// cell is the address of vector k of the row in a strip.
func (p *pass) cell(strip string, k int) Mem {
	return Mem{Base: p.ptr[strip], Index: p.at, Scale: 1, Disp: k * p.bytes()}
}

// top is the address of vector k in a list with one number for every column.
func (p *pass) top(list string, k int) Mem {
	return Mem{Base: p.ptr[list], Index: p.col, Scale: 1, Disp: k * p.bytes()}
}

// list loads what a list has for the columns.
func (p *pass) list(name string) []vec {
	var l []vec
	for k := range p.vectors() {
		l = append(l, p.load(p.top(name, k), nil))
	}
	return l
}

// addTo adds acc to a list.
func (p *pass) addTo(list string, acc []vec) {
	for k, a := range acc {
		VADDPS(p.top(list, k), a, a)
		VMOVUPS(a, p.top(list, k))
	}
}

func (p *pass) zeros() []vec {
	var l []vec
	for range p.vectors() {
		l = append(l, p.zero())
	}
	return l
}

// run emits the loops: start before the rows of sixteen columns, row for every row, unroll rows a turn that are told
// apart by u, and end after them.
func (p *pass) run(unroll int, start func(), row func(u, k int), end func()) {
	rows, width, pitch := arg("rows"), arg("width"), GP64()
	p.col, p.at = GP64(), GP64()
	XORQ(p.col, p.col)
	MOVQ(width, pitch)
	SHLQ(Imm(2), pitch)
	Label(label(p.name, "columns"))
	start()
	MOVQ(p.col, p.at)
	left := GP64()
	MOVQ(rows, left)
	step := func(u int) {
		for k := range p.vectors() {
			row(u, k)
		}
		ADDQ(pitch, p.at)
	}
	if unroll > 1 {
		SUBQ(Imm(uint64(unroll)), left)
		JL(LabelRef(label(p.name, "few")))
		Label(label(p.name, "rows"))
		for u := range unroll {
			step(u)
		}
		SUBQ(Imm(uint64(unroll)), left)
		JGE(LabelRef(label(p.name, "rows")))
		Label(label(p.name, "few"))
		ADDQ(Imm(uint64(unroll)), left)
		JE(LabelRef(label(p.name, "end")))
	}
	Label(label(p.name, "row"))
	step(0)
	DECQ(left)
	JNE(LabelRef(label(p.name, "row")))
	Label(label(p.name, "end"))
	end()
	ADDQ(Imm(64), p.col)
	SUBQ(Imm(16), width)
	JG(LabelRef(label(p.name, "columns")))
	ret()
}

// fold combines the accumulators of four rows as a tree.
func fold(acc [][]vec, f func(a, b vec) vec) []vec {
	var l []vec
	for k := range acc[0] {
		l = append(l, f(f(acc[0][k], acc[1][k]), f(acc[2][k], acc[3][k])))
	}
	return l
}

func columnMax(v isa) {
	p := newPass(v, "columnMax", "func(most, x *float32, rows, width int)", "sets most[l] = max(most[l], x[r,l]) over all r.", "most", "x")
	acc := make([][]vec, 4)
	p.run(4, func() {
		for u := range acc {
			acc[u] = p.list("most")
		}
	}, func(u, k int) {
		VMAXPS(p.cell("x", k), acc[u][k], acc[u][k])
	}, func() {
		for k, m := range fold(acc, func(a, b vec) vec { return v.max(a, b) }) {
			VMOVUPS(m, p.top("most", k))
		}
	})
}

func columnExp(v isa) {
	p := newPass(v, "columnExp", "func(x, shift, sum *float32, rows, width int)", "sets x[r,l] = exp(x[r,l] - shift[l]), shift the largest, and adds it to sum[l].", "x", "shift", "sum")
	least := v.copy(num(-104))
	var shift, acc []vec
	p.run(1, func() { shift, acc = p.list("shift"), p.zeros() }, func(_, k int) {
		x := v.load(p.cell("x", k), nil)
		VSUBPS(shift[k], x, x)
		e := v.exp(v.max(least, x))
		VMOVUPS(e, p.cell("x", k))
		VADDPS(e, acc[k], acc[k])
	}, func() { p.addTo("sum", acc) })
}

func columnDot(v isa) {
	p := newPass(v, "columnDot", "func(sum, x, y *float32, rows, width int)", "adds x[r,l] y[r,l] to sum[l].", "sum", "x", "y")
	acc := make([][]vec, 4)
	p.run(4, func() {
		for u := range acc {
			acc[u] = p.zeros()
		}
	}, func(u, k int) {
		x := v.load(p.cell("x", k), nil)
		VFMADD231PS(p.cell("y", k), x, acc[u][k])
	}, func() {
		p.addTo("sum", fold(acc, func(a, b vec) vec { return v.add(a, b) }))
	})
}

func columnTimes(v isa) {
	p := newPass(v, "columnTimes", "func(x, by *float32, rows, width int)", "sets x[r,l] = x[r,l] by[l].", "x", "by")
	var by []vec
	p.run(1, func() { by = p.list("by") }, func(_, k int) {
		x := v.load(p.cell("x", k), nil)
		VMULPS(by[k], x, x)
		VMOVUPS(x, p.cell("x", k))
	}, func() {})
}

func columnCentre(v isa) {
	p := newPass(v, "columnCentre", "func(x, e, mean *float32, rows, width int)", "sets x[r,l] = e[r,l] (x[r,l] - mean[l]).", "x", "e", "mean")
	var mean []vec
	p.run(1, func() { mean = p.list("mean") }, func(_, k int) {
		x := v.load(p.cell("x", k), nil)
		VSUBPS(mean[k], x, x)
		VMULPS(p.cell("e", k), x, x)
		VMOVUPS(x, p.cell("x", k))
	}, func() {})
}

func columnMix(v isa) {
	p := newPass(v, "columnMix", "func(z, b, u, e, meanZ, meanB, sum *float32, rows, width int)",
		"centres z and b by meanZ[l] and meanB[l], adds b z to u and e u to sum[l], and multiplies z and b by e.", "z", "b", "u", "e", "meanZ", "meanB", "sum")
	var mz, mb, acc []vec
	p.run(1, func() { mz, mb, acc = p.list("meanZ"), p.list("meanB"), p.zeros() }, func(_, k int) {
		z, b := v.load(p.cell("z", k), nil), v.load(p.cell("b", k), nil)
		u, e := v.load(p.cell("u", k), nil), v.load(p.cell("e", k), nil)
		VSUBPS(mz[k], z, z)
		VSUBPS(mb[k], b, b)
		VFMADD231PS(z, b, u)
		VFMADD231PS(e, u, acc[k])
		VMOVUPS(u, p.cell("u", k))
		VMULPS(e, z, z)
		VMOVUPS(z, p.cell("z", k))
		VMULPS(e, b, b)
		VMOVUPS(b, p.cell("b", k))
	}, func() { p.addTo("sum", acc) })
}
