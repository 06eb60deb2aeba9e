package dpi

import (
	"strconv"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/train"
)

// mixture makes a mixture of Components families. A RealNVP is moved and scaled as a whole, so that each can lie elsewhere.
func (c FamilyConfig) mixture(dim int, root layers.Path, build builder) (families, error) {
	var fit, draw []flows.Family
	one := c
	one.Head = ""
	for k := range c.Components {
		at := root.At("component").At(strconv.Itoa(k))
		f, err := build(one, dim, at)
		if err != nil {
			return families{}, err
		}
		place := func(f flows.Family) (flows.Family, error) { return f, nil }
		if c.Kind == "realnvp" {
			move, err := flows.NewAffine(at.At("place"), flows.GaussianConfig{Dim: dim, Std: 1})
			if err != nil {
				return families{}, err
			}
			place = func(f flows.Family) (flows.Family, error) { return flows.NewTransformed(at.At("placed"), f, move) }
		}
		for _, face := range []struct {
			f  flows.Family
			to *[]flows.Family
		}{{f.fit, &fit}, {f.draw, &draw}} {
			g, err := place(face.f)
			if err != nil {
				return families{}, err
			}
			*face.to = append(*face.to, g)
		}
	}
	m, err := flows.NewMixture(root.At("mixture"), fit...)
	if err != nil {
		return families{}, err
	}
	q := families{fit: m, draw: m.On(draw...)}
	head, err := c.head(dim, root)
	if head == nil || err != nil {
		return q, err
	}
	t, err := flows.NewTransformed(root.At("headed"), q.fit, head)
	if err != nil {
		return families{}, err
	}
	return families{fit: t, draw: t.On(q.draw)}, nil
}

// mixtureOf returns the mixture in q, and the map of its samples where there is a head.
func mixtureOf(q flows.Family) (m *flows.Mixture, head *flows.Transformed) {
	if t, ok := q.(*flows.Transformed); ok {
		m, _ = t.Base().(*flows.Mixture)
		return m, t
	}
	m, _ = q.(*flows.Mixture)
	return m, nil
}

// mixed returns -ELBO of a batch as a sum over the components of a mixture, n samples of each,
//
//	-ELBO = sum_k w_k E_{q_k}[ log q(x) - log p(x, y) ],
//
// whose gradient in w is that of the sum: a draw of the mixture could not be differentiated by the component that it came from.
func (f *fit) mixed(s *autodiff.Scope, q *flows.Mixture, head *flows.Transformed, step train.Step) (autodiff.Var, error) {
	parts := len(q.Components())
	n := max(1, step.Batch/parts)
	var sample, logq autodiff.Var
	z := f.noise(s, q.NoiseDim(), step.Key, parts*n)
	for k := range parts {
		x, l := q.SampleOf(s, k, s.Slice(z, 0, k*n, (k+1)*n))
		if head != nil {
			x, l = head.Map(s, x, l)
		}
		if k > 0 {
			x, l = s.Concat(0, sample, x), s.Concat(0, logq, l)
		}
		sample, logq = x, l
	}
	w := q.Weights(s)
	share := make([]float64, parts)
	w.CopyTo64(share)
	if _, err := f.target(step.Key, sample, parts*n, f.method.temper(step.Index)); err != nil {
		return autodiff.Var{}, err
	}
	log := make([]float64, parts*n)
	logq.CopyTo64(log)
	shift := f.units() * (f.method.temper(step.Index)*f.method.Log - f.method.Entropy)
	each, of := make([]float64, parts), make([]float64, parts*n)
	held := 0.0 // value of the terms that give the gradient in the samples
	for i := range log {
		k := i / n
		of[i] = share[k] / float64(n) * f.method.Entropy
		each[k] += (f.method.Entropy*log[i] - f.joint[i] + shift) / float64(n)
		held += of[i] * log[i]
		for j := i * f.d; j < (i+1)*f.d; j++ {
			f.gm[j] *= share[k] * float64(parts)
			held += f.gm[j] * f.m[j]
		}
	}
	pull := s.Dot(sample, s.Const64(sample.Shape(), f.gm))
	entropy := s.Dot(logq, s.Const64(logq.Shape(), of))
	loss := s.AddScalar(s.Add(s.Add(pull, entropy), s.Dot(w, s.Const64(w.Shape(), each))), -held)
	f.note(loss)
	return loss, nil
}

// Numbers of settle.
const (
	settlings = 4
	settleOn  = 256 // draws of each component
)

// settle moves the weights of a mixture, after the last step, by
//
//	w_k <- w_k exp(-V_k) / sum_j w_j exp(-V_j),   V_k = E_{q_k}[ log q(x) - log p(x, y) ],
//
// the step of mirror descent under which -ELBO cannot grow, since E_q[log q] is smooth relative to sum w log w with the constant 1; where
// components do not overlap one step is exact. Steps of an optimiser, which are as large for a weight as for a pixel, end further away.
func (f *fit) settle(key rng.Key) error {
	q, head := mixtureOf(f.q.draw)
	if q == nil || f.method.Entropy != 1 {
		return nil
	}
	logits := q.Logits()
	down := make([]float64, len(logits.Data()))
	for round := range settlings {
		for k := range down {
			var err error
			if down[k], err = f.above(key.Split("dpi.settle", round).Split("component", k), q, head, k); err != nil {
				return err
			}
		}
		for k, v := range down {
			logits.Data()[k] -= float32(v)
		}
		logits.Touch()
	}
	return nil
}

// above returns the mean of log q(x) - log p(x, y) over draws of component k, in the prior's units.
func (f *fit) above(key rng.Key, q *flows.Mixture, head *flows.Transformed, k int) (mean float64, err error) {
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	defer autodiff.Catch(&err)
	x, logq := q.SampleOf(s, k, f.noise(s, q.NoiseDim(), key, settleOn))
	if head != nil {
		x, logq = head.Map(s, x, logq)
	}
	if _, err := f.target(key, x, settleOn, 1); err != nil {
		return 0, err
	}
	l := make([]float64, settleOn)
	logq.CopyTo64(l)
	for i, v := range l {
		mean += (v - f.joint[i]) / settleOn
	}
	return mean, nil
}
