package dpnp

import (
	"context"
	"math"
	"testing"

	"tweedie/infer"
	"tweedie/prior"
	"tweedie/zoo"
)

// boxOp hides the middle of an image of 28x28 pixels.
const boxOp = `{"kind":"inpaint","box":{"top":7,"left":7,"height":14,"width":14}}`

// boxPixels returns the numbers of the pixels in the box.
func boxPixels() (out []int) {
	for r := 7; r < 21; r++ {
		for c := 7; c < 21; c++ {
			out = append(out, 28*r+c)
		}
	}
	return out
}

// kept returns the slope of the samples' pixels against those of the starts of their chains, both about their mean over the
// chains: 0 where the chains have forgotten them, 1 where they stay.
func kept(res *infer.Result, pixels []int) float64 {
	n := len(res.Samples)
	var both, start float64
	for _, j := range pixels {
		var mx, ms float64
		for k, x := range res.Samples {
			mx, ms = mx+x[j]/float64(n), ms+res.PriorDraws[k][j]/float64(n)
		}
		for k, x := range res.Samples {
			d := res.PriorDraws[k][j] - ms
			both, start = both+(x[j]-mx)*d, start+d*d
		}
	}
	return both / start
}

// boxErrors returns the mean squared error of the mean in the pixels, less what comes from few samples.
func boxErrors(res *infer.Result, truth []float64, pixels []int) (corrected float64) {
	n, d := float64(len(res.Samples)), float64(len(pixels))
	for _, j := range pixels {
		miss := res.Mean[j] - truth[j]
		corrected += (miss*miss - res.Std[j]*res.Std[j]/n) / d
	}
	return corrected
}

// An image whose middle is hidden, through the defaults: of 32 draws of the prior, with N = 8 samples each, spread over error
// in the box is .85 to 1.15, chains have forgotten their starts, which are dispersed over the prior, and the squared error of
// the mean, less the share of it that comes from few samples, is within 5% and 2 paired standard errors of those of costlier
// schedules. Without -long 2 draws with N = 2, and only the starts are looked at.
func TestHiddenBox(t *testing.T) {
	prior, err := zoo.Open("fashion28", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	problems, n := 2, 2
	costlier := map[string]DPnP{}
	if *long {
		problems, n = 32, 8
		m := Default()
		m.Mode, m.Rounds = ChainsMode, 40
		costlier["40 rounds"] = m
		m.Rounds = 60
		m.EtaMax = 5
		costlier["60 rounds from 5"] = m
	}
	pixels := boxPixels()
	all := calibrated{pixels: pixels}
	more := averages{}
	for i := range problems {
		p, truth := imageProblem(t, prior, boxOp, .05, i)
		res := solveAuto(t, p, n, uint64(i))
		all.take(t, res, p, truth)
		all.add("kept", kept(res, pixels))
		for _, v := range res.Verdicts {
			if v.Name == "memory of the start, slowest direction" && v.State != infer.Passed {
				t.Errorf("problem %d: %s is %g", i, v.Name, v.Value)
			}
		}
		if i == 0 {
			c := res.Config.(DPnP)
			t.Logf("mode %s, %d rounds from %.3g to %.3g", c.Mode, c.Rounds, c.EtaMax, c.EtaMin)
		}
		at := boxErrors(res, truth, pixels)
		all.add("squared error", at)
		for name, m := range costlier {
			res, err := m.Solve(context.Background(), p, infer.Run{Samples: n, Seed: uint64(i)})
			if err != nil {
				t.Fatal(err)
			}
			other := boxErrors(res, truth, pixels)
			more.add(name, other)
			more.add(name+", paired", at-other)
		}
	}
	ratio, se := all.spreadOverError()
	t.Logf("N = %d, %d draws of the prior: %sspread over error %.3f +- %.3f", n, problems, all.text("kept", "squared error", "rank", "evaluations", "seconds"), ratio, se)
	if slope, se := all.of("kept"); slope > .05+4*se {
		t.Errorf("the samples keep %.3f +- %.3f of their starts", slope, se)
	}
	if !*long {
		return
	}
	near(t, "spread over error", ratio, 1, .15)
	for name := range costlier {
		e, _ := more.of(name)
		d, se := more.of(name + ", paired")
		t.Logf("%s: squared error %.5f; the defaults' is %.5f +- %.5f above", name, e, d, se)
		if d > .05*math.Abs(e)+2*se {
			t.Errorf("%s: squared error %.5f, of the defaults %.5f +- %.5f more", name, e, d, se)
		}
	}
}
