package autodiff

import "math/bits"

// DType is the element type of a Var.
type DType uint8

// The two element types. Assembly kernels serve F32; F64 is for gradient checks, closed-form priors and densities.
const (
	F32 DType = iota
	F64
)

// String is "float32" or "float64".
func (d DType) String() string {
	if d == F64 {
		return "float64"
	}
	return "float32"
}

func (d DType) bytes() int { return 4 << d }

// buffer is storage shared by the nodes that alias it.
type buffer struct {
	f32   []float32
	f64   []float64
	refs  int
	class int // size class, or -1 for storage that the arena does not own
	bytes int
}

// Arena owns the memory of the scopes opened on it: buffers in size classes 2^n and 1.5*2^n elements, nodes,
// and scopes, all reused, so that a repeated step allocates nothing after the first. An Arena serves one
// goroutine at a time; parallelism is inside the kernels.
type Arena struct {
	free      [2][128][]*buffer
	shells    []*buffer
	nodes     [2][]*node // with room for few inputs, and for many
	scopes    []*Scope
	sweeps    []*sweep
	spareVars [][]Var
	replays   []*replay
	trace     func(c *Call, module string)
	paths     map[[2]string]string // {parent's path, name}: the path
	serial    uint64
	live      int
	peak      int
}

// NewArena is an empty arena.
func NewArena() *Arena { return &Arena{} }

// Live is the number of bytes held by open scopes (of planned bytes in Plan mode).
func (a *Arena) Live() int { return a.live }

// Peak is the largest Live since the arena was made or ResetPeak was called.
func (a *Arena) Peak() int { return a.peak }

// ResetPeak sets Peak to Live.
func (a *Arena) ResetPeak() { a.peak = a.live }

// Trim gives the free buffers back to the Go heap.
func (a *Arena) Trim() {
	for d := range a.free {
		for c := range a.free[d] {
			clear(a.free[d][c])
			a.free[d][c] = a.free[d][c][:0]
		}
	}
}

// sizeClass is the class of n elements and its capacity: 2^k for even classes 2k, 1.5*2^k for odd 2k+1.
func sizeClass(n int) (class, capacity int) {
	if n <= 16 {
		return 8, 16
	}
	k := bits.Len(uint(n - 1)) // 2^(k-1) < n <= 2^k
	if three := 3 << (k - 2); n <= three {
		return 2*(k-1) + 1, three
	}
	return 2 * k, 1 << k
}

func (a *Arena) get(n int, dt DType, plan bool) *buffer {
	class, capacity := sizeClass(n)
	bytes := capacity * dt.bytes()
	a.live += bytes
	a.peak = max(a.peak, a.live)
	if plan {
		b := a.shell()
		b.class, b.bytes, b.refs = -1, bytes, 1
		return b
	}
	list := &a.free[dt][class]
	var b *buffer
	if k := len(*list); k > 0 {
		b = (*list)[k-1]
		*list = (*list)[:k-1]
	} else {
		b = &buffer{class: class, bytes: bytes}
		if dt == F64 {
			b.f64 = make([]float64, capacity)
		} else {
			b.f32 = make([]float32, capacity)
		}
	}
	b.refs = 1
	return b
}

// shell is a buffer without storage of its own.
func (a *Arena) shell() *buffer {
	if k := len(a.shells); k > 0 {
		b := a.shells[k-1]
		a.shells = a.shells[:k-1]
		return b
	}
	return &buffer{}
}

// external wraps storage that the arena does not own.
func (a *Arena) external(f []float32) *buffer {
	b := a.shell()
	b.f32, b.class, b.bytes, b.refs = f, -1, 0, 1
	return b
}

func (a *Arena) put(b *buffer) {
	b.refs--
	if b.refs > 0 {
		return
	}
	a.live -= b.bytes
	if b.class < 0 {
		*b = buffer{}
		a.shells = append(a.shells, b)
		return
	}
	dt := F32
	if b.f64 != nil {
		dt = F64
	}
	a.free[dt][b.class] = append(a.free[dt][b.class], b)
}

// fewInputs is what most calls have. Nodes with room for more are kept apart, so that no node grows in a repeated step.
const fewInputs = 4

// node is a fresh node for a call with the given number of inputs.
func (a *Arena) node(inputs int) *node {
	a.serial++
	list := &a.nodes[0]
	if inputs > fewInputs {
		list = &a.nodes[1]
	}
	var n *node
	if k := len(*list); k > 0 {
		n = (*list)[k-1]
		*list = (*list)[:k-1]
	} else {
		n = &node{}
		n.call.In = make([]Var, 0, max(fewInputs, inputs))
	}
	n.serial = a.serial
	return n
}

// recycle ends the life of n: handles to it become stale.
func (a *Arena) recycle(n *node) {
	if n.buf != nil {
		a.put(n.buf)
	}
	clear(n.call.In)
	in := n.call.In[:0]
	*n = node{gen: n.gen + 1}
	n.call.In = in
	many := 0
	if cap(in) > fewInputs {
		many = 1
	}
	a.nodes[many] = append(a.nodes[many], n)
}
