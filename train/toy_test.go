package train

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"tweedie/autodiff"
	"tweedie/rng"
)

// toy is a denoiser of points on a circle: an MLP 2 -> 16 -> 2 in two named modules, with data by a cursor, noise by
// the step's key, and a running mean that is not learned.
type toy struct {
	w1, b1, w2, b2, mean *autodiff.Param
	order                order
	x, noise             []float32
	stream               rng.Stream
	poison               func(step Step, s *autodiff.Scope, h autodiff.Var) autodiff.Var // changes the hidden layer
	fail                 error
	trained, heldOut     []rng.Key // keys seen, when log is set
	log                  bool
}

func newToy() *toy { return newToyOf(16) }

func newToyOf(width int) *toy {
	n := &toy{
		w1: autodiff.NewParam("in.weight", autodiff.S(2, width)), b1: autodiff.NewParam("in.bias", autodiff.S(width)),
		w2: autodiff.NewParam("out.weight", autodiff.S(width, 2)), b2: autodiff.NewParam("out.bias", autodiff.S(2)),
		mean: autodiff.NewParam("mean", autodiff.S(2)),
	}
	n.mean.SetTrainable(false)
	r := rng.New(1).Stream()
	for _, p := range []*autodiff.Param{n.w1, n.w2} {
		r.FillNorm32(p.Data())
		for i := range p.Data() {
			p.Data()[i] *= 0.4
		}
		p.Touch()
	}
	n.order = order{n: 97, seed: rng.New(2)}
	return n
}

func (n *toy) params() []*autodiff.Param {
	return []*autodiff.Param{n.w1, n.b1, n.mean, n.w2, n.b2}
}

// Loss returns the mean of |D(x + noise) - x|^2.
func (n *toy) Loss(s *autodiff.Scope, step Step) (autodiff.Var, error) {
	if n.log {
		n.trained = append(n.trained, step.Key)
	}
	if n.fail != nil {
		return autodiff.Var{}, n.fail
	}
	n.resize(step.Batch)
	for i := range step.Batch {
		a := 2 * math.Pi * float64(n.order.next()) / float64(n.order.n)
		n.x[2*i], n.x[2*i+1] = float32(math.Cos(a)), float32(math.Sin(a))
	}
	for i, x := range n.x {
		d := n.mean.Data()
		d[i%2] = 0.99*d[i%2] + 0.01*x
	}
	n.mean.Touch()
	return n.loss(s, step), nil
}

func (n *toy) resize(batch int) {
	if len(n.x) != 2*batch {
		n.x, n.noise = make([]float32, 2*batch), make([]float32, 2*batch)
	}
}

func (n *toy) loss(s *autodiff.Scope, step Step) autodiff.Var {
	n.stream.Reset(step.Key)
	n.stream.FillNorm32(n.noise)
	shape := autodiff.S(step.Batch, 2)
	x, e := s.Const32(shape, n.x), s.Const32(shape, n.noise)
	c := s.Enter("net")
	in := c.Enter("in")
	h := in.Tanh(in.Add(in.MatMul(c.Add(x, c.Scale(e, 0.3)), in.Param(n.w1), false, false), in.Param(n.b1)))
	if n.poison != nil {
		h = n.poison(step, in, h)
	}
	in.Close(h)
	out := c.Enter("out")
	y := out.Add(out.MatMul(h, out.Param(n.w2), false, false), out.Param(n.b2))
	out.Close(y)
	c.Close(y)
	return s.MeanAll(s.Square(s.Sub(y, x)))
}

// held is the toy's held-out loss: points between those of training.
type held struct{ *toy }

func (n held) Loss(s *autodiff.Scope, step Step) (autodiff.Var, error) {
	if n.log {
		n.heldOut = append(n.heldOut, step.Key)
	}
	if step.Train || s.Recording() {
		return autodiff.Var{}, errors.New("a held-out loss asked for as a training one")
	}
	n.resize(step.Batch)
	for i := range step.Batch {
		a := 2 * math.Pi * (float64(step.Images) + float64(i) + 0.5) / float64(n.order.n)
		n.x[2*i], n.x[2*i+1] = float32(math.Cos(a)), float32(math.Sin(a))
	}
	return n.loss(s, step), nil
}

// order goes through n images, in another random order each epoch.
type order struct {
	n         int
	seed      rng.Key
	epoch, at int
	perm      []int
}

func (o *order) next() int {
	if o.perm == nil || o.at == o.n {
		if o.perm != nil {
			o.epoch, o.at = o.epoch+1, 0
		}
		o.perm = o.seed.Split("epoch", o.epoch).Stream().Perm(o.n)
	}
	o.at++
	return o.perm[o.at-1]
}

func (o *order) AppendBinary(b []byte) ([]byte, error) {
	b = binary.LittleEndian.AppendUint32(b, uint32(o.epoch))
	return binary.LittleEndian.AppendUint32(b, uint32(o.at)), nil
}

func (o *order) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

func (o *order) UnmarshalBinary(b []byte) error {
	if len(b) != 8 {
		return fmt.Errorf("order: %d bytes, want 8", len(b))
	}
	o.epoch, o.at = int(binary.LittleEndian.Uint32(b)), int(binary.LittleEndian.Uint32(b[4:]))
	o.perm = o.seed.Split("epoch", o.epoch).Stream().Perm(o.n)
	return nil
}

// toyConfig returns a config that exercises every part: accumulation, warm-up, cosine, clipping, average, held-out
// loss.
func toyConfig() Config {
	c := Default()
	c.Seed, c.Steps, c.Batch, c.Accumulate = 7, 60, 12, 3
	c.LR, c.WarmupSteps, c.Decay, c.FinalLR, c.WeightDecay, c.Clip = 1e-2, 10, "cosine", 1e-4, 1e-3, 0.5
	c.EMAHalfLife, c.EvalEvery, c.EvalBatches, c.SaveEvery, c.LogEvery = 200, 100, 2, 50, 24
	return c
}

// setup returns a run of the toy with its state and statistics in dir.
func (n *toy) setup(c Config, dir string) Setup {
	return Setup{
		Config: c, Params: n.params(), Objective: n, HeldOut: held{n}, Cursor: &n.order,
		Path: filepath.Join(dir, "state.safetensors"), Stats: filepath.Join(dir, "stats.jsonl"),
	}
}

func mustNew(t testing.TB, s Setup) *Trainer {
	t.Helper()
	tr, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
