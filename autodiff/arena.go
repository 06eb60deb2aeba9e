package autodiff

import "math"

// DType is the element type of a Var.
type DType uint8

// The two element types. Assembly kernels serve F32; F64 is for gradient checks, closed-form priors and densities.
const (
	F32 DType = iota
	F64
)

// String returns "float32" or "float64".
func (d DType) String() string {
	if d == F64 {
		return "float64"
	}
	return "float32"
}

// Max returns the largest number that the type holds.
func (d DType) Max() float64 {
	if d == F64 {
		return math.MaxFloat64
	}
	return math.MaxFloat32
}

func (d DType) bytes() int { return 4 << d }

// buffer is storage shared by the nodes that alias it.
type buffer struct {
	f32   []float32
	f64   []float64
	refs  int
	from  *heap // nil for storage that the arena does not own
	block *block
	bytes int
}

// Arena owns the memory of the scopes opened on it: storage for values, nodes, and scopes, all reused, so that a
// repeated step allocates nothing after the first. An Arena serves one goroutine at a time; parallelism is inside
// the kernels.
type Arena struct {
	heaps        [2][2]heap // of memory and of plans; for F32 and F64
	shells       []*buffer
	nodes        [2][]*node // for few inputs, and for many
	scopes       []*Scope
	sweeps       []*sweep
	spareVars    [][]Var
	replays      []*replay
	trace        func(c *Call, module string)
	paths        map[[2]string]string // {parent's path, name}: the path
	serial       uint64
	mode         Mode // Plan or 0, added to the mode of every scope
	convolutions Convolutions
	live         int
	peak         int
}

// NewArena returns an empty arena with the DefaultConvolutions.
func NewArena() *Arena {
	a := &Arena{convolutions: DefaultConvolutions()}
	for i := range a.heaps {
		for dt := range a.heaps[i] {
			a.heaps[i][dt].dt, a.heaps[i][dt].plan = DType(dt), i == 1
		}
	}
	return a
}

// Live returns the number of bytes held by open scopes; in Plan mode, the bytes that a run would hold.
func (a *Arena) Live() int { return a.live }

// Peak returns the largest Live since the arena was made.
func (a *Arena) Peak() int { return a.peak }

// Held returns the number of bytes that the arena has used and keeps for reuse: Peak plus the gaps between buffers.
// On an arena of Plan scopes it is the number that a run would hold.
func (a *Arena) Held() int {
	n := 0
	for i := range a.heaps {
		for dt := range a.heaps[i] {
			n += a.heaps[i][dt].held * DType(dt).bytes()
		}
	}
	return n
}

// Trim gives free memory back to the Go heap.
func (a *Arena) Trim() {
	for i := range a.heaps {
		for dt := range a.heaps[i] {
			a.heaps[i][dt].trim()
		}
	}
}

// get returns storage for n elements, in use until put.
func (a *Arena) get(n int, dt DType, plan bool) *buffer {
	h := &a.heaps[0][dt]
	if plan {
		h = &a.heaps[1][dt]
	}
	b := a.shell()
	b.from, b.block, b.refs = h, h.take(n), 1
	b.bytes = b.block.n * dt.bytes()
	a.live += b.bytes
	a.peak = max(a.peak, a.live)
	if lo, hi := b.block.at, b.block.at+b.block.n; !plan && dt == F64 {
		b.f64 = b.block.slab.f64[lo:hi:hi]
	} else if !plan {
		b.f32 = b.block.slab.f32[lo:hi:hi]
	}
	return b
}

// shell returns a buffer without storage.
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
	b.f32, b.refs = f, 1
	return b
}

func (a *Arena) put(b *buffer) {
	b.refs--
	if b.refs > 0 {
		return
	}
	a.live -= b.bytes
	if b.from != nil {
		b.from.give(b.block)
	}
	*b = buffer{}
	a.shells = append(a.shells, b)
}

// fewInputs is the room of an ordinary node. Nodes with more room are kept apart, so none grows in a repeated step.
const fewInputs = 4

// node returns a fresh node for a call with the given number of inputs.
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

// recycle ends the life of n: every Var that points to it becomes stale.
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
