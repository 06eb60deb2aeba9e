package gorgonia_test

import (
	"fmt"
	"testing"

	gg "gorgonia.org/gorgonia"

	. "tweedie/autodiff"
	interop "tweedie/interop/gorgonia"
	"tweedie/layers"
	"tweedie/rng"
)

// TestResidualBlock compares the gradients of a whole residual block, in its input, its embedding and each of its
// parameters, with Gorgonia's on the formula in layers.ResBlock: by the way of scale and shift and with the embedding
// added, resampled up, down and not at all.
func TestResidualBlock(t *testing.T) {
	const n, in, out, width, h, w = 2, 4, 6, 5, 4, 6
	for i, c := range []layers.ResBlockConfig{
		{In: in, Out: out, Emb: width, ScaleShift: true, EmbSiLU: true, Groups: 2},
		{In: in, Out: out, Emb: width, Resample: "down", Groups: 2},
		{In: in, Out: out, Emb: width, ScaleShift: true, Resample: "up", Groups: 2, Scale: layers.SqrtHalf},
	} {
		c.Dims, c.Eps = 2, 1e-3
		b, err := layers.NewResBlock(layers.Root(rng.New(uint64(i))).At("block"), c)
		if err != nil {
			t.Fatal(err)
		}
		for j, p := range b.Params() {
			st := rng.New(uint64(i)).Split("param", j).Stream()
			for k := range p.Data() {
				p.Data()[k] = float32(st.Norm() / 2)
			}
			p.Touch()
		}
		interop.Check(t, row{
			Name: fmt.Sprintf("residual block, scale and shift %v, resampled %q", c.ScaleShift, c.Resample),
			In:   []Shape{S(n, in, h, w), S(n, width)}, Params: b.Params(), Tol: 1e-10,
			Ours:   two(func(s *Scope, x, e Var) Var { return b.Forward(s, x, e) }),
			Theirs: func(x []node) node { return residual(c, x[0], x[1], x[2:]) },
		})
	}
}

// residual is the block with the parameters norm1, conv1, emb, norm2, conv2 and skip, weights before biases.
func residual(c layers.ResBlockConfig, x, e node, p []node) node {
	resample := func(v node) node {
		switch c.Resample {
		case "down":
			return windows(2, 2)([]node{v})
		case "up":
			return gg.Must(gg.Upsample2D(v, 2))
		}
		return v
	}
	n := x.Shape()[0]
	h := convolve(resample(groupNorm(x, p[0], p[1], c.Groups, c.Eps, true)), p[2], p[3], 1)
	if c.EmbSiLU {
		e = silu(e)
	}
	d := h.Shape()[2] * h.Shape()[3]
	a := gg.Must(gg.Mul(e, gg.Must(gg.Transpose(p[4]))))
	a = gg.Must(gg.Add(a, channels(p[5], n, 1)))
	if c.ScaleShift {
		scale := plus(spread(gg.Must(gg.Slice(a, nil, gg.S(0, c.Out))), h, d), 1)
		shift := spread(gg.Must(gg.Slice(a, nil, gg.S(c.Out, 2*c.Out))), h, d)
		h = groupNorm(h, p[6], p[7], c.Groups, c.Eps, false)
		h = silu(gg.Must(gg.Add(gg.Must(gg.HadamardProd(h, scale)), shift)))
	} else {
		h = groupNorm(gg.Must(gg.Add(h, spread(a, h, d))), p[6], p[7], c.Groups, c.Eps, true)
	}
	h = convolve(h, p[8], p[9], 1)
	y := gg.Must(gg.Add(convolve(resample(x), p[10], p[11], 0), h))
	if c.Scale != 0 {
		y = times(y, c.Scale)
	}
	return y
}

// convolve is a convolution of stride 1 with a bias.
func convolve(x, w, b node, pad int) node {
	k := w.Shape()
	y := gg.Must(gg.Conv2d(x, w, []int{k[2], k[3]}, []int{pad, pad}, []int{1, 1}, []int{1, 1}))
	sh := y.Shape()
	return gg.Must(gg.Add(y, reshape(channels(b, sh[0], sh[2]*sh[3]), sh...)))
}

// spread repeats a [N,C] over the d pixels of every channel of like [N,C,H,W].
func spread(a, like node, d int) node {
	sh := like.Shape()
	column := reshape(a, sh[0]*sh[1], 1)
	return reshape(gg.Must(gg.Mul(column, fixed(a, "pixels", S(1, d), fill(S(1, d), 1)))), sh...)
}
