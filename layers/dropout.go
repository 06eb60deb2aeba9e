package layers

import (
	"encoding/binary"
	"sync"

	"tweedie/autodiff"
	"tweedie/rng"
)

// seedWords is the number of 24-bit words that seed the masks of one sample; such words are exact in float32.
const seedWords = 4

var seedsOp, dropoutOp *autodiff.Op

func init() {
	seedsOp = autodiff.Define(autodiff.Op{
		Name:  "seeds",
		Infer: func(c *autodiff.Call) autodiff.Shape { return autodiff.S(c.Attr.I[0], seedWords) },
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F64 {
				fillSeeds(autodiff.Host[float64](c.Out), &c.Attr.I)
			} else {
				fillSeeds(autodiff.Host[float32](c.Out), &c.Attr.I)
			}
		},
		VJP:    func(*autodiff.Scope, *autodiff.Call, autodiff.Var, []bool, []autodiff.Var) {},
		Linear: true,
	})
	dropoutOp = autodiff.Define(autodiff.Op{
		Name: "dropout",
		Infer: func(c *autodiff.Call) autodiff.Shape {
			x, seeds, p := c.In[0].Shape(), c.In[1].Shape(), c.Attr.F[0]
			if x.Rank() < 1 || seeds != autodiff.S(x.Dim(0), seedWords) {
				panic(c.Errorf("want x [B,...] and the Seeds of B samples"))
			}
			if !(p >= 0 && p < 1) {
				panic(c.Errorf("the fraction to drop is %g: want at least 0 and less than 1", p))
			}
			return x
		},
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F64 {
				drop[float64](c)
			} else {
				drop[float32](c)
			}
		},
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			if need[0] {
				grads[0] = s.Apply(dropoutOp, c.Attr, ct, c.In[1])
			}
		},
		JVP: func(s *autodiff.Scope, c *autodiff.Call, ts []autodiff.Var) autodiff.Var {
			if ts[0].IsZero() {
				return autodiff.Var{}
			}
			return s.Apply(dropoutOp, c.Attr, ts[0], c.In[1])
		},
		Reads: []autodiff.Reads{autodiff.In(1)},
	})
}

// Seeds returns the randomness for the dropout of one pass over n samples, a function of key: [n,4], with one row per
// sample that does not depend on n. Nothing is differentiated through it.
func Seeds(s *autodiff.Scope, key rng.Key, n int) autodiff.Var {
	a := autodiff.Attr{I: [16]int{n}}
	for i := range 8 { // 32 bits each, which an int holds on every machine
		a.I[1+i] = int(binary.LittleEndian.Uint32(key[4*i:]))
	}
	return s.Apply(seedsOp, a)
}

func fillSeeds[T float32 | float64](dst []T, attr *[16]int) {
	var key rng.Key
	for i := range 8 {
		binary.LittleEndian.PutUint32(key[4*i:], uint32(attr[1+i]))
	}
	st := streams.Get().(*rng.Stream)
	st.Reset(key)
	for i := range dst {
		dst[i] = T(st.Uint64() >> 40)
	}
	streams.Put(st)
}

// streams holds spare streams, so that a repeated step allocates nothing.
var streams = sync.Pool{New: func() any { return new(rng.Stream) }}

// Dropout returns x m/(1-p), where every element of m is 0 with probability p and 1 otherwise, independently
// (Srivastava et al. 2014): x [B,...], seeds from Seeds -> y of x's shape. The mask of a sample depends only on its
// seeds and on site, the place in the network, so a second evaluation and every derivative see the same mask. It
// panics with a *autodiff.ShapeError unless 0 <= p < 1 and there are seeds for B samples.
func Dropout(s *autodiff.Scope, x, seeds autodiff.Var, p float64, site int) autodiff.Var {
	return s.Apply(dropoutOp, autodiff.Attr{I: [16]int{site}, F: [4]float64{p}}, x, seeds)
}

func drop[T float32 | float64](c *autodiff.Call) {
	y, x, seeds := autodiff.Host[T](c.Out), autodiff.Host[T](c.In[0]), autodiff.Host[T](c.In[1])
	batch, p := c.In[0].Dim(0), c.Attr.F[0]
	var key rng.Key
	copy(key[24:], "dropout")
	binary.LittleEndian.PutUint64(key[16:], uint64(c.Attr.I[0]))
	st := streams.Get().(*rng.Stream)
	defer streams.Put(st)
	below, scale := uint32(p*(1<<32)), T(1/(1-p))
	n := len(x) / max(1, batch)
	for b := range batch {
		for i, w := range seeds[b*seedWords : (b+1)*seedWords] {
			binary.LittleEndian.PutUint32(key[4*i:], uint32(w))
		}
		st.Reset(key)
		to, from := y[b*n:(b+1)*n], x[b*n:(b+1)*n]
		var bits uint64
		for i, v := range from {
			if i%2 == 0 {
				bits = st.Uint64()
			}
			to[i] = 0
			if uint32(bits) >= below {
				to[i] = v * scale
			}
			bits >>= 32
		}
	}
}
