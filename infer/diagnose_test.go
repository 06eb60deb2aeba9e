package infer_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/rng"
)

var long = flag.Bool("long", false, "also run the checks that take minutes")

// On 100 runs with nothing wrong, exact posterior draws for Gaussian and mixture priors, six operators, 16 to 144 pixels, 2 to
// 256 samples, chains of several draws and with memory, all checks together give at most two false alarms.
func TestHealthyRunsPass(t *testing.T) {
	runs, most := 100, 2
	if *long {
		runs, most = 3000, 30
	}
	alarms, asked := map[string]int{}, map[string]int{}
	total := 0
	for i := range runs {
		s, r := healthyRun(t, i)
		for _, name := range s.examine(t, r) {
			alarms[name]++
			total++
			t.Logf("run %d (%s, %d data, sigma %g, prior known by %d from %d draws, %d samples): %s", i, s.op.Name(), len(s.p.Likelihood.Y), s.sigma, s.known, s.nPrior, s.samples, r.Warnings)
		}
		for _, v := range r.Verdicts {
			if v.State != infer.Unknown {
				asked[v.Name]++
			}
		}
	}
	for name, n := range asked {
		t.Logf("%4d of %4d fail: %s", alarms[name], n, name)
	}
	if total > most {
		t.Errorf("%d false alarms in %d runs; at most %d belong", total, runs, most)
	}
}

// fault is a run that is wrong in one way.
type fault struct {
	name string
	want []string // checks of which one must fail
	make func(t *testing.T, seed int) (*scene, *infer.Result)
}

// sees returns a scene with any of the operators.
func sees(t *testing.T, seed int, sigma float64, known knowledge) *scene {
	st := rng.New(5).Split("fault", seed).Stream()
	return &scene{law: gaussianLaw{smooth(t, 12, 0, 3, 1.5)}, op: operators(t, 12, st)[seed%6], st: st, sigma: sigma, known: known, nPrior: 32, samples: 32}
}

// Each planted fault is seen by a check that is for it, in each of 5 problems; with -long in 27 of 30.
func TestFaultsAreSeen(t *testing.T) {
	problems, most := 5, 0
	if *long {
		problems, most = 30, 3
	}
	for _, f := range faults {
		var missed []string
		for k := range problems {
			s, r := f.make(t, k)
			failed := s.examine(t, r)
			if !slices.ContainsFunc(f.want, func(name string) bool { return slices.Contains(failed, name) }) {
				missed = append(missed, fmt.Sprintf("problem %d, only %q fail", k, failed))
			}
			if k == 0 {
				t.Logf("%s: %s", f.name, strings.Join(r.Warnings, "\n\t"))
			}
		}
		if len(missed) > most {
			t.Errorf("%s: not seen by any of %q in %s", f.name, f.want, strings.Join(missed, "; "))
		}
	}
}

const (
	chi2       = "chi² per measurement"
	predictive = "prior-predictive chi² per measurement"
	noise      = "noise variance in the measurement, over sigma²"
	datum      = "largest residual, in sigmas"
	ess        = "effective draws a chain"
	rhat       = "split R-hat"
	modes      = "probability that chains visit modes as unequally"
	reweighted = "mean of the samples, in errors off that of reweighted draws of the prior"
	size       = "size of the measurement, over the most that the prior can make"
	spread     = "variance of chi² between samples, over 2m"
	pixels     = "share of pixels outside the prior's range"
)
