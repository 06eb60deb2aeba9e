package kernel

import "tweedie/internal/par"

// attendGroup is how many blocks of columns a sum over columns takes at a time; attendRows is how many rows of its
// result, or of scores, are done at once.
const (
	attendGroup = 4
	attendRows  = 96
)

type attendGradJob[T Float] struct {
	AttentionArgs
	tile             geometry
	width            int
	dst, dt, x, a, t []T // t nil: J^T a, else the gradient of <a, J t>; dt may be nil then
}

var attendGradJobs, headGrads freeList

// AttentionVJP computes J^T a, the gradient of <a, Y> in x; x and dx [B,3C,N], a [B,C,N]. In every head, with
// A [D,N] that of a,
//
//	dV = A P^T,   dQ = K dZ / sqrt(D),   dK = Q dZ^T / sqrt(D),   dZ = P (V^T A - <P, V^T A>).
//
// It panics as Attention does.
func AttentionVJP[T Float](p AttentionArgs, dx, x, a []T) {
	runAttendGrad("AttentionVJP", p, dx, nil, x, a, nil)
}

// AttentionHVP computes the gradients of <a, J t>: dx in x, the Hessian of <a, Y> times t, and dt in t, J^T a, which it
// does not where dt is nil; x, t, dx and dt [B,3C,N], a [B,C,N]. With b = V^T A - <P, V^T A> and z = Z' - <P, Z'>, and
// dots as in AttentionJVP, dx is
//
//	dV = A (P z)^T,   dQ = (K dZ + K' E) / sqrt(D),   dK = (Q dZ^T + Q' E^T) / sqrt(D),
//	E = P b,          dZ = P (U - <P, U>),            U = V'^T A + b z.
//
// It panics as Attention does.
func AttentionHVP[T Float](p AttentionArgs, dx, dt, x, a, t []T) {
	n := 3 * p.B * p.Heads * p.D * p.N
	sized("AttentionHVP", "t", len(t), n)
	if dt != nil {
		sized("AttentionHVP", "dt", len(dt), n)
	}
	runAttendGrad("AttentionHVP", p, dx, dt, x, a, t)
}

func runAttendGrad[T Float](op string, p AttentionArgs, dx, dt, x, a, t []T) {
	if !p.valid(op, len(a), len(x)) {
		return
	}
	sized(op, "dx", len(dx), len(x))
	j := take[T, attendGradJob[T]](&attendGradJobs)
	*j = attendGradJob[T]{p, tileOf[T](), p.block(), dx, dt, x, a, t}
	// Heads side by side where they keep all workers busy, else one after the other, each on all workers.
	if n, w := p.B*p.Heads, par.Workers(); n%w == 0 || n >= 4*w {
		par.Do(n, j)
	} else {
		for i := range n {
			j.Block(i)
		}
	}
	give[T](&attendGradJobs, j)
}

// Block does one head: for each group of blocks of columns, first the columns and then the sums over them.
func (j *attendGradJob[T]) Block(i int) {
	h := take[T, headGrad[T]](&headGrads)
	h.attendGradJob, h.head, h.kept, h.terms = j, i, 2, firstTerms
	switch {
	case j.dt != nil:
		h.kept, h.terms = 4, secondTerms
	case j.t != nil:
		h.kept, h.terms = 4, secondTerms[:3]
	}
	sums := (1 + h.terms[len(h.terms)-1].sum) * j.N * j.D
	width := min(j.width, roundUp(j.N, 16))
	h.strip, h.panel = j.N*width, j.tile.sizeB(j.D, width)
	blocks := blocksOf(j.N, j.width)
	s := borrow[T](sums + min(blocks, attendGroup)*h.kept*(h.strip+h.panel))
	h.sums, h.room = s.buf[:sums], s.buf[sums:]
	for h.lo = 0; h.lo < blocks; h.lo = h.hi {
		h.hi = min(h.lo+attendGroup, blocks)
		h.over = false
		par.Do(h.hi-h.lo, h)
		h.over = true
		par.Do(blocksOf(j.N, attendRows), h)
	}
	s.free()
	give[T](&headGrads, h)
}
