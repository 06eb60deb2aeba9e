package layers

import "tweedie/autodiff"

// Statistics says which mean and variance a BatchNorm normalises with. There is no default: a network with batch
// statistics is a different function of a sample in every batch.
type Statistics uint8

// The choices of statistics. With BatchStatistics and UpdateStatistics a sample's result depends on the rest of its
// batch, so a density computed through them is not exact.
const (
	RunningStatistics Statistics = iota // stored statistics: every sample on its own
	BatchStatistics                     // statistics of this batch; nothing is stored
	UpdateStatistics                    // statistics of this batch, towards which the stored ones move: training
)

// String returns "running", "batch" or "update".
func (u Statistics) String() string { return [...]string{"running", "batch", "update"}[u] }

// BatchNormConfig is the configuration of a BatchNorm.
type BatchNormConfig struct {
	Features int     `json:"features"`
	Eps      float64 `json:"eps"`
	Momentum float64 `json:"momentum"` // weight of the batch in an update of the running statistics, such as 0.1
}

// BatchNorm computes y = gamma (x - m)/sqrt(v + eps) + beta per channel, with the mean and biased variance of the
// batch or running ones (Ioffe and Szegedy 2015): x [B,C] or [B,C,...] -> y of the same shape. Parameters: weight [C]
// = gamma, bias [C] = beta; constants: running_mean [C], running_var [C].
type BatchNorm struct {
	name         string
	cfg          BatchNormConfig
	weight, bias *autodiff.Param
	mean, vari   *autodiff.Param
	params       []*autodiff.Param
	scratch      []float64
}

// NewBatchNorm makes a BatchNorm with parameters named by path p; the running mean starts at 0 and the running variance
// at 1. The error says what in c is wrong.
func NewBatchNorm(p Path, c BatchNormConfig) (*BatchNorm, error) {
	switch {
	case c.Features < 1 || !positive(c.Eps):
		return nil, p.Errorf("batch norm", "features %d and eps %g: want both positive", c.Features, c.Eps)
	case !(c.Momentum >= 0 && c.Momentum <= 1):
		return nil, p.Errorf("batch norm", "momentum %g: want it in [0,1]", c.Momentum)
	}
	if err := p.Fits("batch norm", c.Features); err != nil {
		return nil, err
	}
	n := autodiff.S(c.Features)
	l := &BatchNorm{name: p.Local(), cfg: c, scratch: make([]float64, c.Features)}
	l.weight, l.bias = scaleShift(p, c.Features)
	l.mean, l.vari = p.Buffer("running_mean", n, 0), p.Buffer("running_var", n, 1)
	l.params = []*autodiff.Param{l.weight, l.bias, l.mean, l.vari}
	return l, nil
}

// Params returns weight, bias, running_mean and running_var.
func (l *BatchNorm) Params() []*autodiff.Param { return l.params }

// Forward normalises x [B,C] or [B,C,...]. With UpdateStatistics it also updates the running statistics, the variance
// by the unbiased estimate, once for every evaluation (so twice inside a Remat), and must not run concurrently. It
// panics with a *autodiff.ShapeError when x has another number of channels, and with a *autodiff.ValueError when a
// batch of one value per channel would be normalised by its own statistics.
func (l *BatchNorm) Forward(s *autodiff.Scope, x autodiff.Var, use Statistics) autodiff.Var {
	c := s.Enter(l.name)
	sh := x.Shape()
	if sh.Rank() < 2 || sh.Rank() > 5 || sh.Dim(1) != l.cfg.Features {
		panic(&autodiff.ShapeError{Op: "batch norm", Module: c.Path(), Shapes: []autodiff.Shape{sh}, Msg: "want [B,C,...] with channels as running_mean " + l.mean.Shape().String()})
	}
	mean, vari := autodiff.Var{}, autodiff.Var{}
	switch {
	case use == RunningStatistics:
		mean, vari = c.Param(l.mean), c.Param(l.vari)
	case sh.Size() == l.cfg.Features:
		panic(&autodiff.ValueError{Op: "batch norm", Module: c.Path(), Msg: "one value per channel has no variance; use running statistics or a larger batch"})
	default:
		mean, vari = c.BatchMoments(x)
		if use == UpdateStatistics && c.Mode()&autodiff.Plan == 0 {
			n := float64(sh.Size() / l.cfg.Features)
			l.move(l.mean, mean, 1)
			l.move(l.vari, vari, n/(n-1))
		}
	}
	y := c.BatchNorm(x, mean, vari, c.Param(l.weight), c.Param(l.bias), l.cfg.Eps)
	c.Close(y)
	return y
}

// move updates r += momentum (scale*batch - r).
func (l *BatchNorm) move(r *autodiff.Param, batch autodiff.Var, scale float64) {
	batch.CopyTo64(l.scratch)
	d := r.Data()
	for i, b := range l.scratch {
		d[i] += float32(l.cfg.Momentum * (scale*b - float64(d[i])))
	}
	r.Touch()
}
