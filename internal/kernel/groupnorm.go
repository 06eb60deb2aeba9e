package kernel

import (
	"fmt"
	"math"

	"tweedie/internal/par"
)

type normJob[T Float] struct {
	y, x, gamma, beta, mean, rstd []T
	n, c, spatial, groups, units  int // units: groups a block
	eps                           float64
	silu                          bool
}

var normJobs freeList

// GroupNorm computes y = gamma[c] (x - mean) / sqrt(var + eps) + beta[c], followed by
// silu when asked, with mean and biased variance over each sample's group of c/groups
// channels; x and y [n,c,spatial], gamma and beta [c], [n,c] (gamma[n,c], beta[n,c]) or nil; y may be x.
// In float32 the statistics are right to 1e-6 and the result to 3e-6 (1 + |mean|/sqrt(var + eps)).
func GroupNorm[T Float](y, x, gamma, beta []T, n, c, spatial, groups int, eps float64, silu bool) {
	sized("GroupNorm", "y", len(y), n*c*spatial)
	sizedChannels("GroupNorm", "gamma", len(gamma), n, c)
	sizedChannels("GroupNorm", "beta", len(beta), n, c)
	j := take[T, normJob[T]](&normJobs)
	*j = normJob[T]{y: y, x: x, gamma: gamma, beta: beta, c: c, spatial: spatial, groups: groups, eps: eps, silu: silu}
	j.run("GroupNorm", n)
}

// GroupStats computes each group's mean and 1/sqrt(var + eps), mean and rstd [n,groups], as GroupNorm does.
func GroupStats[T Float](mean, rstd, x []T, n, c, spatial, groups int, eps float64) {
	sized("GroupStats", "mean", len(mean), n*groups)
	sized("GroupStats", "rstd", len(rstd), n*groups)
	j := take[T, normJob[T]](&normJobs)
	*j = normJob[T]{mean: mean, rstd: rstd, x: x, c: c, spatial: spatial, groups: groups, eps: eps}
	j.run("GroupStats", n)
}

func (j *normJob[T]) run(op string, n int) {
	if j.groups < 1 || j.c%j.groups != 0 {
		panic(&ArgError{op, fmt.Sprintf("%d channels in %d groups: want a divisor", j.c, j.groups)})
	}
	sized(op, "x", len(j.x), n*j.c*j.spatial)
	j.n, j.units = n, max(1, block/max(1, j.c/j.groups*j.spatial))
	par.Do(blocksOf(n*j.groups, j.units), j)
	give[T](&normJobs, j)
}

func (j *normJob[T]) Block(i int) {
	for u := i * j.units; u < min((i+1)*j.units, j.n*j.groups); u++ {
		j.group(u)
	}
}

// group does one sample's group.
func (j *normJob[T]) group(i int) {
	per := j.c / j.groups
	x := j.x[i*per*j.spatial : (i+1)*per*j.spatial]
	mean, rstd := moments(x, j.eps)
	if j.mean != nil {
		j.mean[i], j.rstd[i] = T(mean), T(rstd)
		return
	}
	gamma, beta := ofGroup(j.gamma, i, per, j.c), ofGroup(j.beta, i, per, j.c)
	for q := range per {
		mul, add := rstd, -mean*rstd
		if gamma != nil {
			mul, add = mul*float64(gamma[q]), add*float64(gamma[q])
		}
		if beta != nil {
			add += float64(beta[q])
		}
		y := j.y[(i*per+q)*j.spatial : (i*per+q+1)*j.spatial]
		normalize(y, x[q*j.spatial:(q+1)*j.spatial], T(mul), T(add), j.silu)
	}
}

// sizedChannels panics unless a list of channels has none, c or n c entries.
func sizedChannels(op, arg string, got, n, c int) {
	if got != 0 && got != n*c {
		sized(op, arg, got, c)
	}
}

// ofGroup is the part of v [c] or [n,c] that belongs to group i, counted through the samples.
func ofGroup[T Float](v []T, i, per, c int) []T {
	if len(v) == 0 {
		return nil
	}
	at := i * per
	if len(v) == c {
		at %= c
	}
	return v[at : at+per]
}

// normalize computes y = mul x + add, or silu of it.
func normalize[T Float](y, x []T, mul, add T, withSiLU bool) {
	if withSiLU && quick[T](len(y)) {
		fast.affineSilu(first(y), first(x[:len(y)]), len(y), float32(mul), float32(add))
		return
	}
	affine(y, x, mul, add)
	if withSiLU {
		unary(SiLU, y, y)
	}
}

// moments returns the mean and 1/sqrt(variance + eps) of x.
func moments[T Float](x []T, eps float64) (mean, rstd float64) {
	n := float64(max(len(x), 1))
	if quick[T](len(x) / stride) {
		shift, sum, squares := shifted(x)
		mean = sum / n
		return shift + mean, 1 / math.Sqrt(max(0, squares/n-mean*mean)+eps)
	}
	mean = sumWide(x) / n
	var s float64
	for _, v := range x {
		d := float64(v) - mean
		s += d * d
	}
	return mean, 1 / math.Sqrt(s/n+eps)
}

// shifted returns the sums of x - shift and of its square, in float64 over leaves in
// float32. The shift is the mean of x's beginning, so that little cancels.
func shifted[T Float](x []T) (shift, sum, squares float64) {
	n := len(x) / stride * stride
	head := min(n, 16*stride)
	by := fast.sum(first(x), head) / float32(head)
	for lo := 0; lo < n; lo += leaf {
		s, q := fast.moments(first(x[lo:]), min(leaf, n-lo), by)
		sum += float64(s)
		squares += float64(q)
	}
	shift = float64(by)
	for _, v := range x[n:] {
		d := float64(v) - shift
		sum += d
		squares += d * d
	}
	return shift, sum, squares
}
