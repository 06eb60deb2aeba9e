package autodiff

import "sync"

// Op is a differentiable primitive with one result. Its rules are written in ops, so one rule serves the first order,
// every higher order, and each nesting of forward and reverse. Define makes ops, in any package.
type Op struct {
	Name string

	// Infer returns the shape of the result. It panics with c.Errorf on misuse.
	Infer func(c *Call) Shape

	// Eval fills Host(c.Out) from Host(c.In[i]). It must write every element.
	Eval func(c *Call)

	// VJP sets grads[i] = (d out / d in[i])^T ct for every i with need[i]; a zero Var means zero.
	VJP func(s *Scope, c *Call, ct Var, need []bool, grads []Var)

	// JVP returns sum_i (d out / d in[i]) ts[i]; a zero Var among ts means zero. Leave it nil when Linear is set.
	JVP func(s *Scope, c *Call, ts []Var) Var

	// Linear says that the op is linear in all its inputs jointly; its JVP is then the op itself.
	Linear bool

	// Reads[i] declares which values of the call are read by VJP for input i, and by JVP through it. The last entry
	// stands for all later inputs; nil means nothing is read. A value that no rule declares may be gone.
	Reads []Reads

	// Mixed says that the element type of the result is DType(Attr.I[0]), whatever the scope's.
	Mixed bool
}

// Reads is a set of values of a Call.
type Reads uint32

// Out stands for the result of the call.
const Out Reads = 1 << 31

// In stands for input i of the call.
func In(i int) Reads { return 1 << i }

// Attr holds the constants of a call by value, so that calling an op allocates nothing.
type Attr struct {
	I   [16]int
	F   [4]float64
	B   [4]bool
	Idx []int // read, never written; must not change while the tape lives
	Any any   // for whatever a user's op needs
}

// Call is one application of an op.
type Call struct {
	Attr  Attr
	In    []Var
	Out   Var
	op    *Op
	scope *Scope
}

// DType returns the element type of the result.
func (c *Call) DType() DType { return c.Out.n.dt }

var registry struct {
	sync.Mutex
	ops []*Op
}

// Define registers op and returns it. Call it in an init function and keep the result in a package-level variable:
// a rule that calls its own op would make a variable's initializer a cycle.
// It panics when Name, Infer, Eval or a rule is missing.
func Define(op Op) *Op {
	if op.Name == "" || op.Infer == nil || op.Eval == nil {
		panic(&ValueError{Op: op.Name, Msg: "an op needs Name, Infer and Eval"})
	}
	if op.VJP == nil || (op.JVP == nil && !op.Linear) {
		panic(&ValueError{Op: op.Name, Msg: "an op needs VJP, and JVP unless it is Linear"})
	}
	p := &op
	registry.Lock()
	defer registry.Unlock()
	registry.ops = append(registry.ops, p)
	return p
}

// Ops returns every op defined so far, in no particular order.
func Ops() []*Op {
	registry.Lock()
	defer registry.Unlock()
	return append([]*Op(nil), registry.ops...)
}

func (op *Op) reads(i int) Reads {
	if len(op.Reads) == 0 {
		return 0
	}
	return op.Reads[min(i, len(op.Reads)-1)]
}

// Apply runs op on the inputs and returns its result, which lives in s. On a recording scope the call goes on
// the tape when an input depends on something watched.
func (s *Scope) Apply(op *Op, attr Attr, in ...Var) Var {
	n := s.newNode(len(in))
	n.op = op
	c := &n.call
	c.Attr, c.op, c.scope = attr, op, s
	c.In = append(c.In[:0], in...)
	record := false
	for _, v := range c.In {
		m := v.node(op.Name, s.Path())
		if m.dt != s.dt && !op.Mixed {
			panic(&ValueError{Op: op.Name, Module: s.Path(), Msg: "a " + m.dt.String() + " input in a " + s.dt.String() + " scope; use Cast"})
		}
		record = record || s.active(m)
	}
	n.shape = op.Infer(c)
	n.dt = s.dt
	if op.Mixed {
		n.dt = DType(attr.I[0])
	}
	n.buf = s.arena.get(n.shape.Size(), n.dt, s.mode.planning())
	c.Out = Var{n, n.gen}
	if !s.mode.planning() && n.shape.Size() > 0 {
		for _, v := range c.In {
			v.data(op.Name, s.Path())
		}
		op.Eval(c)
		s.traced(n)
	}
	s.record(n, record)
	return c.Out
}

// record puts n on the tape, or lets go of its inputs.
func (s *Scope) record(n *node, active bool) {
	if !active {
		n.call.In = n.call.In[:0]
		return
	}
	n.tape, n.at = s.tape, len(s.tape.nodes)
	s.tape.nodes = append(s.tape.nodes, n)
	for i, v := range n.call.In {
		v.n.input = true
		if !s.active(v.n) {
			continue
		}
		r := n.op.reads(i)
		if r&Out != 0 {
			n.read = true
		}
		for j := 0; j < len(n.call.In) && j < 31; j++ {
			if r&In(j) != 0 {
				n.call.In[j].n.read = true
			}
		}
	}
}

func (s *Scope) active(n *node) bool { return s.tape != nil && n.tape == s.tape }
