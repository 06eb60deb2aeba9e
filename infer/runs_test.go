package infer_test

import (
	"fmt"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/rng"
)

// law is a prior in closed form whose posterior is known.
type law interface {
	exact.Distribution
	posterior(exact.Measurement) (exact.Distribution, error)
	prior() exact.Distribution // as a problem has it
}

type gaussianLaw struct{ *exact.Gaussian }

func (g gaussianLaw) prior() exact.Distribution { return g.Gaussian }
func (g mixtureLaw) prior() exact.Distribution  { return g.Mixture }

func (g gaussianLaw) posterior(m exact.Measurement) (exact.Distribution, error) {
	post, _, err := g.Posterior(m)
	return post, err
}

type mixtureLaw struct{ *exact.Mixture }

func (g mixtureLaw) posterior(m exact.Measurement) (exact.Distribution, error) {
	post, _, err := g.Posterior(m)
	return post, err
}

// knowledge is what a problem and a result tell of the prior.
type knowledge int

const (
	closedForm knowledge = iota
	priorDraws
	rangeOnly
)

// scene is a problem with its truth, posterior and random numbers. sigma is that of the noise, and claimed what the
// solver is told; disturb changes y.
type scene struct {
	law            law
	op             inverse.Linear
	sigma, claimed float64
	disturb        func(y []float64)
	known          knowledge
	nPrior         int
	samples        int
	st             *rng.Stream

	p    *infer.Problem
	post exact.Distribution
}

// hidden is a denoiser of which nothing is known.
type hidden struct{ diffusion.Denoiser }

// solve makes the measurement and a result of exact posterior draws.
func (s *scene) solve(t *testing.T) *infer.Result {
	t.Helper()
	n := s.op.InShape().Size()
	x := make([]float64, n)
	s.law.Sample(x, s.st)
	y := make([]float64, s.op.OutShape().Size())
	s.op.Apply(y, x)
	inverse.Gaussian{Sigma: s.sigma}.Sample(y, y, s.st)
	if s.disturb != nil {
		s.disturb(y)
	}
	if s.claimed == 0 {
		s.claimed = s.sigma
	}
	lik, err := inverse.NewLikelihood(s.op, inverse.Gaussian{Sigma: s.claimed}, y)
	if err != nil {
		t.Fatal(err)
	}
	s.p = &infer.Problem{Prior: s.law.prior(), Likelihood: lik, Shape: s.op.InShape(), DType: autodiff.F64}
	cov, mean := s.law.Cov(), s.law.Mean()
	lo, hi := math.Inf(1), math.Inf(-1)
	for i, m := range mean {
		sd := math.Sqrt(cov.At(i, i))
		lo, hi = min(lo, m-3*sd), max(hi, m+3*sd)
		s.p.Mean += m / float64(n)
		s.p.Std += (m*m + sd*sd) / float64(n)
	}
	s.p.Std = math.Sqrt(s.p.Std - s.p.Mean*s.p.Mean)
	s.p.Range = [2]float64{lo, hi}
	r := &infer.Result{Method: "exact", Spread: infer.PosteriorSpread, Seed: 7}
	if s.known != closedForm {
		s.p.Prior = hidden{s.law}
	}
	if s.known == priorDraws {
		r.PriorDraws = draw(s.law, s.nPrior, s.st)
	}
	if s.post, err = s.law.posterior(exact.Measure(exact.DenseMatrix(s.op), y, s.claimed)); err != nil {
		t.Fatal(err)
	}
	r.Samples = draw(s.post, s.samples, s.st)
	r.Summarise()
	return r
}

// examine judges the result and returns the names of the checks that fail.
func (s *scene) examine(t *testing.T, r *infer.Result) (failed []string) {
	t.Helper()
	r.Summarise()
	if err := r.Examine(s.p, 0); err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Verdicts {
		if v.State == infer.Failed {
			failed = append(failed, v.Name)
		}
	}
	return failed
}

func draw(d exact.Distribution, n int, st *rng.Stream) [][]float64 {
	x := make([][]float64, n)
	for i := range x {
		x[i] = make([]float64, d.Dim())
		d.Sample(x[i], st)
	}
	return x
}

// healthyRun is the i-th run with nothing wrong.
func healthyRun(t *testing.T, i int) (*scene, *infer.Result) {
	t.Helper()
	st := rng.New(99).Split("healthy", i).Stream()
	h := []int{4, 6, 8, 12}[st.Intn(4)]
	s := &scene{law: gaussianLaw{smooth(t, h, 0, 1+4*st.Float64(), 1+st.Float64())}, st: st,
		sigma: []float64{.02, .05, .2, .5}[st.Intn(4)], known: knowledge(st.Intn(3)), nPrior: []int{16, 32, 128}[st.Intn(3)],
		samples: []int{2, 8, 32, 256}[st.Intn(4)]}
	if st.Intn(3) == 0 {
		s.law = mixtureLaw{pair(t, h, 1+4*st.Float64())}
	}
	ops := operators(t, h, st)
	s.op = ops[st.Intn(len(ops))]
	r := s.solve(t)
	switch st.Intn(3) {
	case 0: // chains of several draws each
		if s.samples >= 32 {
			for k := range r.Samples {
				r.Chain = append(r.Chain, k/8)
			}
			r.Tracks = s.follow(r, 8, 0)
		}
	case 1: // one draw of a longer chain each, which forgets slowly
		r.Tracks = s.follow(r, []int{20, 40, 100}[st.Intn(3)], []float64{0, .3, .6, .8}[st.Intn(4)])
	}
	return s, r
}

// follow returns tracks of chains that end in the samples, or pass through them, at exact draws of the posterior. A
// Gaussian posterior's chains keep the part memory of the last state.
func (s *scene) follow(r *infer.Result, rounds int, memory float64) []infer.Track {
	chains := len(r.Samples)
	if r.Chain != nil {
		chains /= rounds
	}
	if _, ok := s.law.(gaussianLaw); !ok {
		memory = 0
	}
	mean := s.post.Mean()
	tracks := []infer.Track{{Name: "log-likelihood"}}
	for k := range 6 {
		tracks = append(tracks, infer.Track{Name: fmt.Sprintf("pixel %d", k)})
	}
	for c := range min(chains, 32) {
		state := draw(s.post, 1, s.st)[0]
		line := make([][]float64, len(tracks))
		for round := range rounds {
			if r.Chain != nil {
				state = r.Samples[c*rounds+round]
			} else if next := draw(s.post, 1, s.st)[0]; memory == 0 {
				state = next
			} else {
				for j := range state {
					state[j] = mean[j] + memory*(state[j]-mean[j]) + math.Sqrt(1-memory*memory)*(next[j]-mean[j])
				}
			}
			line[0] = append(line[0], -s.p.Likelihood.NegLogLik(state))
			for k := range 6 {
				line[k+1] = append(line[k+1], state[k*len(state)/6])
			}
		}
		for k := range tracks {
			tracks[k].Chains = append(tracks[k].Chains, line[k])
		}
	}
	return tracks
}
