package kernel

import (
	"math"

	"tweedie/internal/par"
)

type adamJob struct {
	p, g, m, v []float32
	k          adamConsts
}

// adamConsts are the step's coefficients in the form the loop uses:
// beta1, 1-beta1, beta2, 1-beta2, lr/c1, 1/c2, eps and 1 - lr wd.
type adamConsts [8]float32

var adamJobs freeList

// Adam does one AdamW step (Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019):
//
//	m = b1 m + (1-b1) g      v = b2 v + (1-b2) g^2
//	p = p - lr ((m/c1) / (sqrt(v/c2) + eps) + wd p)
//
// with c1 = 1-b1^k and c2 = 1-b2^k at step k. All four slices have one length.
func Adam(p, g, m, v []float32, lr, b1, b2, eps, wd, c1, c2 float64) {
	sized("Adam", "g", len(g), len(p))
	sized("Adam", "m", len(m), len(p))
	sized("Adam", "v", len(v), len(p))
	j := take[float32, adamJob](&adamJobs)
	j.p, j.g, j.m, j.v = p, g, m, v
	j.k = adamConsts{float32(b1), float32(1 - b1), float32(b2), float32(1 - b2), float32(lr / c1), float32(1 / c2), float32(eps), float32(1 - lr*wd)}
	par.Do(blocksOf(len(p), block), j)
	give[float32](&adamJobs, j)
}

func (j *adamJob) Block(i int) {
	lo := i * block
	hi := min(lo+block, len(j.p))
	adam(j.p[lo:hi], j.g[lo:hi], j.m[lo:hi], j.v[lo:hi], &j.k)
}

func adam(p, g, m, v []float32, k *adamConsts) {
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	if quick[float32](len(p)) {
		fast.adam(first(p), first(g), first(m), first(v), len(p), (*[8]float32)(k))
		return
	}
	for i, gi := range g {
		mi := k[0]*m[i] + k[1]*gi
		vi := k[2]*v[i] + k[3]*(gi*gi)
		m[i], v[i] = mi, vi
		d := float32(math.Sqrt(float64(vi*k[5]))) + k[6]
		p[i] = k[7]*p[i] - k[4]*mi/d
	}
}
