package kernel

import (
	"fmt"
	"math"
	"testing"
)

// naiveNormVJP is J^T a in float64 by the definition, with gamma and beta [N,C], and the sums that are the gradients
// in gamma and beta.
func naiveNormVJP(p NormArgs, x, a, gamma, beta []float64) (dst, params []float64) {
	_, mean, rstd := naiveNorm(x, nil, nil, p.N, p.C, p.Spatial, p.Groups, p.Eps, false)
	size := p.C / p.Groups * p.Spatial
	dst, params = make([]float64, len(x)), make([]float64, 2*p.N*p.C)
	h := make([]float64, size)
	for g := range mean {
		var sum, dot float64
		for k := range h {
			at := g*size + k
			c := at / p.Spatial
			h[k] = (x[at] - mean[g]) * rstd[g]
			d := a[at]
			if p.SiLU {
				d *= exact[siluGrad](gamma[c]*h[k] + beta[c])
			}
			params[c] += d * h[k]
			params[p.N*p.C+c] += d
			d *= gamma[c]
			dst[at] = d
			sum += d
			dot += d * h[k]
		}
		for k := range h {
			at := g*size + k
			dst[at] = rstd[g] * (dst[at] - sum/float64(size) - h[k]*dot/float64(size))
		}
	}
	return dst, params
}

// naiveNormJVP is J t: component i is <e_i, J t>, so it is f'(z) gamma P t.
func naiveNormJVP(p NormArgs, x, t, gamma, beta []float64) []float64 {
	y, _, _ := naiveNorm(x, nil, nil, p.N, p.C, p.Spatial, p.Groups, p.Eps, false)
	one := make([]float64, len(gamma))
	for i := range one {
		one[i] = 1
	}
	q := p
	q.SiLU = false
	dst, _ := naiveNormVJP(q, x, t, one, one) // P t
	for at := range dst {
		c := at / p.Spatial
		dst[at] *= gamma[c]
		if p.SiLU {
			dst[at] *= exact[siluGrad](gamma[c]*y[at] + beta[c])
		}
	}
	return dst
}

// naiveNormHVP is the central difference of J^T a along t.
func naiveNormHVP(p NormArgs, x, a, t, gamma, beta []float64) []float64 {
	const step = 1e-4
	up, down := append([]float64(nil), x...), append([]float64(nil), x...)
	for i, v := range t {
		up[i] += step * v
		down[i] -= step * v
	}
	dst, _ := naiveNormVJP(p, up, a, gamma, beta)
	low, _ := naiveNormVJP(p, down, a, gamma, beta)
	for i, v := range low {
		dst[i] = (dst[i] - v) / (2 * step)
	}
	return dst
}

// TestGroupNormGradients compares the family with the definition, for groups of less than a chunk, of several, of
// chunks that end within a channel, and of single elements.
func TestGroupNormGradients(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, s := range [][4]int{{2, 6, 5, 3}, {3, 8, 64, 2}, {2, 96, 1, 4}, {1, 6, 7000, 2}, {1, 1, 20000, 1}, {9, 3, 6000, 1}, {1, 20000, 1, 1}, {2, 3, 3, 1}} {
			for _, silu := range []bool{false, true} {
				for _, each := range []bool{false, true} {
					if each == silu && s[1]*s[2] > normChunk {
						continue
					}
					p := NormArgs{N: s[0], C: s[1], Spatial: s[2], Groups: s[3], Eps: 1e-3, SiLU: silu}
					checkNormGradients[float32](t, p, each)
					checkNormGradients[float64](t, p, each)
				}
			}
		}
	})
}

func checkNormGradients[T Float](t *testing.T, p NormArgs, each bool) {
	t.Helper()
	r := newRand(uint64(p.N + p.C + p.Spatial))
	n := p.N * p.C * p.Spatial
	x, a, tan := normal[T](r, n), normal[T](r, n), normal[T](r, n)
	for i := range x {
		x[i] += 1.5
	}
	channels := p.C
	if each {
		channels *= p.N
	}
	gamma, beta := normal[T](r, channels), normal[T](r, channels)
	every := func(v []T) []float64 { // [N,C]
		w := wide64(v)
		for len(w) < p.N*p.C {
			w = append(w, w[:p.C]...)
		}
		return w
	}
	g, b := every(gamma), every(beta)
	wantVJP, wantParams := naiveNormVJP(p, wide64(x), wide64(a), g, b)
	if !each {
		sum := make([]float64, 2*p.C)
		for i, v := range wantParams {
			sum[i/(p.N*p.C)*p.C+i%p.C] += v
		}
		wantParams = sum
	}
	for _, c := range []struct {
		name string
		f    func(dst []T)
		want []float64
		abs  float64 // in units of eps times the largest value
	}{
		{"VJP", func(dst []T) { GroupNormVJP(p, dst, x, a, gamma, beta) }, wantVJP, 60},
		{"JVP", func(dst []T) { GroupNormJVP(p, dst, x, tan, gamma, beta) }, naiveNormJVP(p, wide64(x), wide64(tan), g, b), 60},
		{"HVP", func(dst []T) { GroupNormHVP(p, dst, x, a, tan, gamma, beta) }, naiveNormHVP(p, wide64(x), wide64(a), wide64(tan), g, b), 120},
		{"params", func(dst []T) { GroupNormParams(p, dst, x, a, gamma, beta) }, wantParams, 60},
	} {
		scale := 1.0
		for _, v := range c.want {
			scale = max(scale, math.Abs(v))
		}
		abs := c.abs * epsOf[T]() * scale
		if !isSingle[T]() {
			abs = 1e-6 * scale // of the central difference
		}
		what := fmt.Sprintf("GroupNorm%s %s %+v each=%v", c.name, typeName[T](), p, each)
		got := guard[T](len(c.want))
		c.f(got.x)
		got.check(t, what)
		near(t, what, got.x, c.want, abs, 0)
	}
}

// TestGroupNormSharedOut: a few large groups are cut into chunks that all workers take, many or small ones are not, and
// the bits are the same either way, for a sample alone and in a batch.
func TestGroupNormSharedOut(t *testing.T) {
	for _, c := range []struct {
		p      NormArgs
		chunks int
		spread bool
	}{
		{NormArgs{N: 1, C: 64, Spatial: 4096, Groups: 1}, 16, true},
		{NormArgs{N: 1, C: 64, Spatial: 4096, Groups: 32}, 1, false},
		{NormArgs{N: 1, C: 3, Spatial: 1 << 16, Groups: 3}, 4, true},
		{NormArgs{N: 12, C: 64, Spatial: 4096, Groups: 1}, 16, false},
	} {
		j := normJob[float32]{NormArgs: c.p}
		if j.cut(); j.chunks != c.chunks || j.spread != c.spread {
			t.Errorf("%+v: %d chunks, spread %v; want %d, %v", c.p, j.chunks, j.spread, c.chunks, c.spread)
		}
	}
	onEveryPath(t, func(t *testing.T) {
		checkSharedOut[float32](t)
		checkSharedOut[float64](t)
	})
}

func checkSharedOut[T Float](t *testing.T) {
	const many = 9
	for _, s := range [][2]int{{3, 7000}, {1, 20000}, {20000, 1}} {
		for _, silu := range []bool{false, true} {
			p := NormArgs{N: 1, C: s[0], Spatial: s[1], Groups: 1, Eps: 1e-5, SiLU: silu}
			batch := p
			batch.N = many
			r := newRand(19)
			n := p.C * p.Spatial
			x, a, tan := normal[T](r, many*n), normal[T](r, many*n), normal[T](r, many*n)
			gamma, beta := normal[T](r, many*p.C), normal[T](r, many*p.C)
			for name, f := range map[string]func(p NormArgs, dst []T, n, c int){
				"forward": func(p NormArgs, dst []T, n, c int) {
					GroupNorm(dst[:n], x[:n], gamma[:c], beta[:c], p.N, p.C, p.Spatial, p.Groups, p.Eps, p.SiLU)
				},
				"VJP": func(p NormArgs, dst []T, n, c int) { GroupNormVJP(p, dst[:n], x[:n], a[:n], gamma[:c], beta[:c]) },
				"JVP": func(p NormArgs, dst []T, n, c int) { GroupNormJVP(p, dst[:n], x[:n], tan[:n], gamma[:c], beta[:c]) },
				"HVP": func(p NormArgs, dst []T, n, c int) {
					GroupNormHVP(p, dst[:n], x[:n], a[:n], tan[:n], gamma[:c], beta[:c])
				},
				"params": func(p NormArgs, dst []T, n, c int) {
					GroupNormParams(p, dst[:2*c], x[:n], a[:n], gamma[:c], beta[:c])
				},
			} {
				what := fmt.Sprintf("%s %+v", name, p)
				procs(t, 1)
				one, all := make([]T, max(n, 2*p.C)), make([]T, many*max(n, 2*p.C))
				f(p, one, n, p.C)
				f(batch, all, many*n, many*p.C)
				if name == "params" { // [2,C] and [2,N,C]
					copy(all[p.C:], all[many*p.C:][:p.C])
					one = one[:2*p.C]
				} else {
					one = one[:n]
				}
				sameBits(t, what+" alone and in a batch", one, all[:len(one)])
				procs(t, 4)
				again := make([]T, max(n, 2*p.C))
				f(p, again, n, p.C)
				sameBits(t, what+" on one and on four", again[:len(one)], one)
			}
		}
	}
}

// TestGroupStatsOfChunks: means that differ from chunk to chunk, far from zero, cost no digits.
func TestGroupStatsOfChunks(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		x := normal[float32](newRand(20), 5*normChunk+777)
		for i := range x {
			x[i] += 1000 + float32(i/normChunk)
		}
		_, mean, rstd := naiveNorm(x, nil, nil, 1, 1, len(x), 1, 0, false)
		m, s := make([]float32, 1), make([]float32, 1)
		GroupStats(m, s, x, 1, 1, len(x), 1, 0)
		near(t, "mean", m, mean, 0, 1e-7)
		near(t, "rstd", s, rstd, 0, 1e-6)
	})
}
