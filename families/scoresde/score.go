package scoresde

import (
	"math"

	"tweedie/autodiff"
)

// ScoreFunction computes the score of x_t at times t in [0, 1] as get_score_fn of score_sde does, with the labels and
// the float32 arithmetic of the original:
//
//	VP, sub-VP   -F(x, 999 t)/std(t)          std^2 = 1 - e^(2c), std = 1 - e^(2c), c = -t^2 (b1-b0)/4 - t b0/2
//	VP, N steps  -F(x, t (N-1))/std_k         k = t (N-1) rounded down, std_k^2 = 1 - prod_{i<=k} (1 - beta_i)
//	VE           F(x, sigma(t))               sigma(t) = sigma_min (sigma_max/sigma_min)^t
//	VE, N steps  F(x, k)                      k = (1-t)(N-1), rounded, halves to even
//
// In score_prior, e^(2c) is 1 + 2c where |c| <= 0.001.
type ScoreFunction struct{ Net *Network }

// Score returns the score of x [B,C,H,W] at times t [B]. It panics as Net.Forward does.
func (f ScoreFunction) Score(s *autodiff.Scope, x autodiff.Var, t []float64) autodiff.Var {
	c := s.Enter("score")
	labels, factors := make([]float64, len(t)), make([]float64, len(t))
	for i, v := range t {
		labels[i], factors[i] = f.at(float32(v))
	}
	y := c.Mul(f.Net.Forward(c, x, labels), c.Const64(autodiff.S(len(t), 1, 1, 1), factors))
	c.Close(y)
	return y
}

// at is the label and what the output is multiplied by.
func (f ScoreFunction) at(t float32) (label, factor float64) {
	cfg := f.Net.Config()
	m := &cfg.Model
	n := float32(m.NumScales - 1)
	switch continuous := cfg.Training.Continuous; {
	case cfg.Training.SDE == "vesde" && continuous:
		return float64(float32(m.SigmaMin) * float32(math.Pow(float64(float32(m.SigmaMax/m.SigmaMin)), float64(t)))), 1
	case cfg.Training.SDE == "vesde":
		return math.RoundToEven(float64((1 - t) * n)), 1
	case cfg.Training.SDE == "vpsde" && !continuous:
		return float64(t * n), -1 / sigmaOfStep(m, int(t*n))
	}
	u := float64(t)
	c := -u*u*(m.BetaMax-m.BetaMin)/4 - u*m.BetaMin/2
	noise := -math.Expm1(2 * c)
	if cfg.Code == ScorePriorFlax && math.Abs(c) <= 1e-3 {
		noise = -2 * c
	}
	if cfg.Training.SDE == "vpsde" {
		noise = math.Sqrt(noise)
	}
	return float64(t * 999), -1 / noise
}

// sigmaOfStep is sqrt(1 - prod (1 - beta_i)) up to step k, beta_i from beta_min/N to beta_max/N in equal steps.
func sigmaOfStep(m *Model, k int) float64 {
	n := float64(m.NumScales)
	log := 0.0
	for i := range k + 1 {
		log += math.Log1p(-(m.BetaMin + (m.BetaMax-m.BetaMin)*float64(i)/(n-1)) / n)
	}
	return math.Sqrt(-math.Expm1(log))
}
