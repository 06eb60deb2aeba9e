package kernel

import (
	"fmt"

	"tweedie/internal/par"
)

// NormArgs describes a GroupNorm over x [N,C,Spatial] in Groups groups, followed by silu when SiLU is set.
//
// Within a group of M elements, with h = (x - mean) r, r = 1/sqrt(var + Eps), z = gamma h + beta and
// y = f(z), f = silu or the identity, the linear maps of its derivatives are made of the symmetric
//
//	P v = r (v - mean(v) - h mean(h v)).
type NormArgs struct {
	N, C, Spatial, Groups int
	Eps                   float64
	SiLU                  bool
}

type normKind uint8

const (
	normVJP normKind = iota
	normJVP
	normHVP
	normParams
)

type normGradJob[T Float] struct {
	NormArgs
	kind                      normKind
	dst, x, a, t, gamma, beta []T
	part                      []float64
	units                     int // groups a block; samples a block for the parameters
}

var normGradJobs freeList

// GroupNormVJP computes J^T a = P gamma f'(z) a, the gradient of <a, y> in x; gamma, beta [C], [N,C] or nil.
func GroupNormVJP[T Float](p NormArgs, dst, x, a, gamma, beta []T) {
	runNormGrad("GroupNormVJP", normGradJob[T]{NormArgs: p, kind: normVJP, dst: dst, x: x, a: a, t: a, gamma: gamma, beta: beta})
}

// GroupNormJVP computes J t = f'(z) gamma P t, the change of y for a change t of x; gamma, beta [C], [N,C] or nil.
func GroupNormJVP[T Float](p NormArgs, dst, x, t, gamma, beta []T) {
	runNormGrad("GroupNormJVP", normGradJob[T]{NormArgs: p, kind: normJVP, dst: dst, x: x, a: t, t: t, gamma: gamma, beta: beta})
}

// GroupNormHVP computes the gradient in x of <a, J t>, the Hessian of <a, y> times t. With alpha = gamma f'(z) a
// and b = gamma^2 f”(z) a P t it is
//
//	P (b - r mean(h t) alpha - r mean(h alpha) t) - r mean(alpha P t) h,   gamma, beta [C], [N,C] or nil.
func GroupNormHVP[T Float](p NormArgs, dst, x, a, t, gamma, beta []T) {
	runNormGrad("GroupNormHVP", normGradJob[T]{NormArgs: p, kind: normHVP, dst: dst, x: x, a: a, t: t, gamma: gamma, beta: beta})
}

// GroupNormParams computes the gradients of <a, y> in gamma, the first half of dst, and in beta, the second;
// dst [2,C], summed over samples, or [2,N,C]; gamma, beta [C], [N,C] or nil.
func GroupNormParams[T Float](p NormArgs, dst, x, a, gamma, beta []T) {
	runNormGrad("GroupNormParams", normGradJob[T]{NormArgs: p, kind: normParams, dst: dst, x: x, a: a, t: a, gamma: gamma, beta: beta})
}

func runNormGrad[T Float](op string, q normGradJob[T]) {
	n := q.N * q.C * q.Spatial
	if q.Groups < 1 || q.C%q.Groups != 0 {
		panic(&ArgError{op, fmt.Sprintf("%d channels in %d groups: want a divisor", q.C, q.Groups)})
	}
	sized(op, "x", len(q.x), n)
	sized(op, "a", len(q.a), n)
	sized(op, "t", len(q.t), n)
	sizedChannels(op, "gamma", len(q.gamma), q.N, q.C)
	sizedChannels(op, "beta", len(q.beta), q.N, q.C)
	j := take[T, normGradJob[T]](&normGradJobs)
	*j = q
	if q.kind != normParams {
		sized(op, "dst", len(q.dst), n)
		j.units = max(1, dearBlock/max(1, q.C/q.Groups*q.Spatial))
		par.Do(blocksOf(q.N*q.Groups, j.units), j)
		give[T](&normGradJobs, j)
		return
	}
	j.units = max(1, block/max(1, q.C*q.Spatial))
	each := len(q.dst) == 2*q.N*q.C
	if each {
		j.units = 1
	} else {
		sized(op, "dst", len(q.dst), 2*q.C)
	}
	chunks := blocksOf(q.N, j.units)
	s := borrow[float64](max(1, chunks) * 2 * q.C)
	clear(s.buf)
	j.part = s.buf
	par.Do(chunks*q.Groups, j)
	if each {
		for i := range q.dst {
			half, n, c := i/(q.N*q.C), i/q.C%q.N, i%q.C
			q.dst[i] = T(s.buf[(2*n+half)*q.C+c])
		}
	} else {
		foldTree(false, s.buf, chunks, 2*q.C)
		for i := range q.dst {
			q.dst[i] = T(s.buf[i])
		}
	}
	s.free()
	give[T](&normGradJobs, j)
}

// Block does a run of groups, or for the parameters one group of a run of samples.
func (j *normGradJob[T]) Block(i int) {
	h := borrow[T](j.C / j.Groups * j.Spatial)
	if j.kind != normParams {
		for k := i * j.units; k < min((i+1)*j.units, j.N*j.Groups); k++ {
			j.group(k, h.buf)
		}
	} else {
		chunk, g := i/j.Groups, i%j.Groups
		for n := chunk * j.units; n < min((chunk+1)*j.units, j.N); n++ {
			j.params(n*j.Groups+g, h.buf, j.part[chunk*2*j.C:(chunk+1)*2*j.C])
		}
	}
	h.free()
}

// normalized fills h of group i and returns 1/sqrt(var + eps) and the group's elements [lo, hi).
func (j *normGradJob[T]) normalized(i int, h []T) (rstd float64, lo, hi int) {
	lo, hi = i*len(h), (i+1)*len(h)
	mean, rstd := moments(j.x[lo:hi], j.Eps)
	affine(h, j.x[lo:hi], T(rstd), T(-mean*rstd))
	return rstd, lo, hi
}

func (j *normGradJob[T]) group(i int, h []T) {
	r, lo, hi := j.normalized(i, h)
	dst := j.dst[lo:hi]
	switch j.kind {
	case normVJP:
		j.alpha(dst, j.a[lo:hi], h, i)
		project(dst, dst, h, r)
	case normJVP:
		project(dst, j.t[lo:hi], h, r)
		j.alpha(dst, dst, h, i)
	case normHVP:
		j.second(dst, j.a[lo:hi], j.t[lo:hi], h, r, i)
	}
}
