package diffusion

import "math"

// Level is the noising x_t = Alpha x_0 + Sigma n at one noise level, with the number that a network receives there.
type Level struct{ Alpha, Sigma, Label float64 }

// Levels says how a network was trained: it translates a noise level r = sigma/alpha to the network's own
// parameterization. *DDPM, whose labels are training steps, NoiseLevels and Continuous implement it.
type Levels interface {
	// Level returns alpha, sigma and the network's label where sigma/alpha = r.
	Level(r float64) Level
}

// NoiseLevels is the Levels of a network that sees u = x_0 + r n itself and the noise level r as its label.
type NoiseLevels struct{}

// Level returns alpha = 1, sigma = r and the label r.
func (NoiseLevels) Level(r float64) Level { return Level{Alpha: 1, Sigma: r, Label: r} }

// Continuous is the Levels of a network that was trained on a schedule in continuous time.
type Continuous struct {
	Schedule   Schedule
	Scale      float64 // the label is Scale*t; 999 is score_sde's
	SigmaLabel bool    // the label is sigma(t) instead, as for score_sde's VE networks
}

// Level returns alpha, sigma and the label at the time when sigma/alpha = r.
func (c Continuous) Level(r float64) Level {
	t := c.Schedule.Time(r)
	l := Level{Alpha: c.Schedule.Alpha(t), Sigma: c.Schedule.Sigma(t), Label: c.Scale * t}
	if c.SigmaLabel {
		l.Label = l.Sigma
	}
	return l
}

// preserving returns the level sigma/alpha = r of a process with alpha^2 + sigma^2 = 1.
func preserving(r, label float64) Level {
	h := math.Hypot(1, r)
	return Level{Alpha: 1 / h, Sigma: r / h, Label: label}
}
