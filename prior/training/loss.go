package training

import (
	"tweedie/autodiff"
	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/rng"
	"tweedie/train"
)

// learner evaluates a network as it is trained, with the class of each image and with dropout.
type learner struct {
	net   families.Learner
	class []int // of the batch at hand; nil for a network without classes
	train bool
	key   rng.Key // of the dropout
}

// Forward evaluates the network at x [B,C,H,W] with labels [B].
func (l *learner) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	if l.train {
		return l.net.Learn(s, x, label, l.class, &l.key)
	}
	return l.net.Learn(s, x, label, l.class, nil)
}

// denoiser returns the network under its preconditioning, and what evaluates it; nil for a network that takes neither classes
// nor dropout.
func (r *Training) denoiser() (diffusion.Denoiser, *learner) {
	net, ok := r.net.(families.Learner)
	if !ok {
		return r.spec.Denoiser(r.net), nil
	}
	l := &learner{net: net}
	return r.spec.DenoiserThrough(net, l), l
}

// denoising computes the denoising loss of the network on images that a cursor draws.
type denoising struct {
	loss   diffusion.Loss
	spec   *families.Spec
	den    diffusion.Denoiser
	net    *learner // nil for a network that takes no classes
	cursor *data.Cursor
	shape  autodiff.Shape
	images []float32
	class  []int // nil without classes
	keys   []rng.Key
	fixed  []batch // of a held-out loss: the same every time
}

// batch holds images [B,C,H,W] in the network's values, and their classes.
type batch struct {
	images []float32
	class  []int
}

// denoising makes the loss for images of a cursor.
func (r *Training) denoising(c *data.Cursor) *denoising {
	b, ch, h, w := c.Shape()
	d := &denoising{loss: r.cfg.Loss.Loss, spec: &r.spec, cursor: c,
		shape: autodiff.S(b, ch, h, w), images: make([]float32, b*ch*h*w), keys: make([]rng.Key, b)}
	d.den, d.net = r.denoiser()
	if _, ok := d.loss.(diffusion.Hybrid); ok && d.net != nil {
		if v, err := r.spec.Varied(r.net, d.net); err == nil {
			d.den = v
		}
	}
	if r.classes > 0 {
		d.class = make([]int, b)
	}
	return d
}

// heldOutSet reads the held-out batches once.
func (r *Training) heldOutSet(c *data.Cursor) (*denoising, error) {
	d := r.denoising(c)
	for range r.cfg.Train.EvalBatches {
		b := batch{images: make([]float32, len(d.images))}
		if d.class != nil {
			b.class = make([]int, len(d.class))
		}
		if err := c.Next(b.images, b.class); err != nil {
			return nil, err
		}
		d.toModel(b.images)
		d.fixed = append(d.fixed, b)
	}
	return d, nil
}

// Loss returns the mean weighted squared error of the denoiser on one micro-batch.
func (d *denoising) Loss(s *autodiff.Scope, step train.Step) (autodiff.Var, error) {
	at := batch{d.images, d.class}
	if d.fixed != nil {
		at = d.fixed[step.Micro%len(d.fixed)]
	} else {
		if err := d.cursor.Next(at.images, at.class); err != nil {
			return autodiff.Var{}, err
		}
		d.toModel(at.images)
	}
	if d.net != nil {
		d.net.class, d.net.train, d.net.key = at.class, step.Train, step.Key.Split("dropout", 0)
	}
	for i := range d.keys {
		d.keys[i] = step.Key.Split("image", i)
	}
	return d.loss.Loss(s, d.den, s.Const32(d.shape, at.images), d.keys), nil
}

// toModel maps images to the network's values.
func (d *denoising) toModel(x []float32) {
	for i, v := range x {
		x[i] = float32(d.spec.Affine.ToPrior(float64(v)))
	}
}
