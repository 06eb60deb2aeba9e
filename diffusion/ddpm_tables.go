package diffusion

import (
	"math"
	"sort"

	"tweedie/internal/config"
)

// DDPM is a process in discrete time, x_i = sqrt(abar_i) x_0 + sqrt(1 - abar_i) n, at the steps i = 0..Len-1 that were
// kept of the training steps. Do not write to its tables, which are float64.
type DDPM struct {
	Beta         []float64 // 1 - abar_i/abar_(i-1) over the kept steps
	AlphaBar     []float64 // abar_i
	AlphaBarPrev []float64 // abar_(i-1), with abar_(-1) = 1
	PosteriorVar []float64 // beta~_i = beta_i (1 - abar_(i-1))/(1 - abar_i), the variance of x_(i-1) given x_i and x_0
	PosteriorLog []float64 // log beta~_i, with entry 0 taken from entry 1
	CoefX0       []float64 // factor of x_0 in the mean of x_(i-1): beta_i sqrt(abar_(i-1))/(1 - abar_i)
	CoefXt       []float64 // factor of x_i: (1 - abar_(i-1)) sqrt(1 - beta_i)/(1 - abar_i)
	Timestep     []int     // the training step of each kept one
	Variance     string    // FixedSmall, FixedLarge or LearnedRange

	labelScale float64
	trainLog   []float64 // log of sigma/alpha at every training step, increasing
}

// NewDDPM makes the tables of a process with the given betas at the training steps keep, which must increase; nil keeps
// all. The error names the beta outside (0, 1), or keep.
func NewDDPM(betas []float64, keep []int) (*DDPM, error) {
	d := &DDPM{Variance: FixedSmall, labelScale: 1}
	if keep == nil {
		for i := range betas {
			keep = append(keep, i)
		}
	}
	abar, last, k := 1.0, 1.0, 0
	for t, b := range betas {
		if !(b > 0 && b < 1) {
			return nil, config.Errorf("ddpm", "betas", "entry %d is %g and must lie in (0, 1)", t, b)
		}
		abar *= 1 - b
		d.trainLog = append(d.trainLog, math.Log((1-abar)/abar)/2)
		if k < len(keep) && keep[k] == t {
			beta := 1 - abar/last
			if len(keep) == len(betas) {
				beta = b
			}
			d.Timestep = append(d.Timestep, t)
			d.Beta = append(d.Beta, beta)
			last = abar
			k++
		}
	}
	if k != len(keep) || k == 0 {
		return nil, config.Errorf("ddpm", "keep", "%v must be increasing step numbers below %d", keep, len(betas))
	}
	d.tables()
	return d, nil
}

// tables fills the tables that follow from Beta.
func (d *DDPM) tables() {
	prev := 1.0
	for _, b := range d.Beta {
		abar := prev * (1 - b)
		v := b * (1 - prev) / (1 - abar)
		d.AlphaBar = append(d.AlphaBar, abar)
		d.AlphaBarPrev = append(d.AlphaBarPrev, prev)
		d.PosteriorVar = append(d.PosteriorVar, v)
		d.PosteriorLog = append(d.PosteriorLog, math.Log(v))
		d.CoefX0 = append(d.CoefX0, b*math.Sqrt(prev)/(1-abar))
		d.CoefXt = append(d.CoefXt, (1-prev)*math.Sqrt(1-b)/(1-abar))
		prev = abar
	}
	if len(d.Beta) > 1 {
		d.PosteriorLog[0] = d.PosteriorLog[1]
	} else {
		d.PosteriorLog[0] = math.Log(d.Beta[0])
	}
}

// Len returns the number of steps kept.
func (d *DDPM) Len() int { return len(d.Beta) }

// Ratio returns sigma/alpha = sqrt(1/abar_i - 1), the noise level of step i in the variance-exploding parameterization.
func (d *DDPM) Ratio(i int) float64 { return math.Sqrt((1 - d.AlphaBar[i]) / d.AlphaBar[i]) }

// LogVariance returns the logarithm of the variance of ancestral step i. v in [-1, 1] is the network's interpolation,
// which only LearnedRange reads.
func (d *DDPM) LogVariance(i int, v float64) float64 {
	switch d.Variance {
	case LearnedRange:
		frac := (v + 1) / 2
		return frac*math.Log(d.Beta[i]) + (1-frac)*d.PosteriorLog[i]
	case FixedLarge:
		if i == 0 {
			return d.PosteriorLog[0]
		}
		return math.Log(d.Beta[i])
	}
	return d.PosteriorLog[i]
}

// index returns the training step whose noise level is r = sigma/alpha, interpolated linearly in log r and held at the
// ends.
func (d *DDPM) index(r float64) float64 {
	n := len(d.trainLog)
	l := math.Log(r)
	j := sort.SearchFloat64s(d.trainLog, l) // trainLog[j-1] < l <= trainLog[j]
	const same = 1e-9
	switch {
	case j == 0:
		return 0
	case j == n:
		return float64(n - 1)
	case d.trainLog[j]-l < same*(1+math.Abs(l)):
		return float64(j)
	case l-d.trainLog[j-1] < same*(1+math.Abs(l)):
		return float64(j - 1)
	}
	return float64(j-1) + (l-d.trainLog[j-1])/(d.trainLog[j]-d.trainLog[j-1])
}

// Level returns alpha and sigma at noise level r, with alpha^2 + sigma^2 = 1, and the label of the network there: the
// training step, times 1000/steps when the process rescales it.
func (d *DDPM) Level(r float64) Level { return preserving(r, d.index(r)*d.labelScale) }
