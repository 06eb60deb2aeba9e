package infer_test

import (
	"flag"
	"testing"

	"tweedie/infer"
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
