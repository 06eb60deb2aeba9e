package kernel

import "tweedie/internal/par"

type mixJob struct {
	e           []float64
	p           []float32
	beta, alpha float64
}

var mixJobs freeList

// Mix does one step of the exponential moving average e, in float64, of p:
//
//	e = beta e + (1-beta) p
//
// with each product and the sum rounded by itself, so every path gives the same bits. e and p have one length.
func Mix(e []float64, p []float32, beta float64) {
	sized("Mix", "p", len(p), len(e))
	j := take[float64, mixJob](&mixJobs)
	*j = mixJob{e, p, beta, 1 - beta}
	par.Do(blocksOf(len(p), block), j)
	give[float64](&mixJobs, j)
}

// Block mixes one stretch.
func (j *mixJob) Block(i int) {
	lo := i * block
	hi := min(lo+block, len(j.p))
	mix(j.e[lo:hi], j.p[lo:hi], j.beta, j.alpha)
}

func mix(e []float64, p []float32, beta, alpha float64) {
	e = e[:len(p)]
	if n := len(p) / stride * stride; n > 0 && fast.mix != nil {
		fast.mix(&e[0], &p[0], n, beta, alpha)
		e, p = e[n:], p[n:]
	}
	for i, x := range p {
		e[i] = float64(beta*e[i]) + float64(alpha*float64(x))
	}
}
