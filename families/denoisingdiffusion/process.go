package denoisingdiffusion

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/internal/config"
)

// process is what GaussianDiffusion saves beside a network.
type process struct {
	betas     string // the table, as diffusion.GivenBetas has it
	steps     int
	objective string // "" where the file does not tell
}

// kinds are the predictions of objectives.
var kinds = map[string]string{"pred_noise": "eps", "pred_x0": "x0", "pred_v": "v"}

// processOf reads the buffers of a GaussianDiffusion.
func processOf(f *checkpoints.File) (*process, error) {
	betas, err := table(f, "betas", 0)
	if err != nil {
		return nil, err
	}
	products, err := table(f, "alphas_cumprod", len(betas))
	if err != nil {
		return nil, err
	}
	p, abar := &process{steps: len(betas)}, 1.0
	texts := make([]string, len(betas))
	for i, b := range betas {
		texts[i] = strconv.FormatFloat(b, 'g', -1, 32)
		if abar *= 1 - b; !(math.Abs(abar-products[i]) <= 1e-5) {
			return nil, fmt.Errorf(`"alphas_cumprod" is %g at step %d, and the product of 1 - betas is %g`, products[i], i, abar)
		}
	}
	p.betas = strings.Join(texts, ",")
	if f.Has("loss_weight") {
		p.objective, err = objectiveOf(f, products)
	}
	return p, err
}

// table is a row of numbers, of the length n where that is not 0.
func table(f *checkpoints.File, name string, n int) ([]float64, error) {
	t, err := f.Tensor(name)
	if err != nil {
		return nil, err
	}
	if len(t.Shape) != 1 || n > 0 && t.Shape[0] != n || t.Shape[0] < 2 || t.Shape[0] > config.MostSteps {
		return nil, fmt.Errorf("tensor %q is %v; want a number for every step, 2 to %d of them", name, t.Shape, config.MostSteps)
	}
	return t.Float64s()
}

// objectiveOf tells what the network predicts by the weights of its loss: with r = min(snr, gamma), snr = abar/(1 - abar), they
// are r/snr for the noise, r for the image and r/(snr + 1) for v. It compares at the step whose snr is nearest to 1/2, which no
// gamma of use reaches.
func objectiveOf(f *checkpoints.File, products []float64) (string, error) {
	w, err := table(f, "loss_weight", len(products))
	if err != nil {
		return "", err
	}
	at, snr := 0, math.Inf(1)
	for i, a := range products {
		if r := a / (1 - a); math.Abs(r-.5) < math.Abs(snr-.5) {
			at, snr = i, r
		}
	}
	for name, want := range map[string]float64{"pred_noise": 1, "pred_x0": snr, "pred_v": snr / (snr + 1)} {
		if math.Abs(w[at]-want) <= 1e-3*want {
			return name, nil
		}
	}
	return "", fmt.Errorf(`"loss_weight" is %g at step %d, where abar/(1 - abar) is %g: that is none of the objectives that are known`, w[at], at, snr)
}

// config is the process as a schedule.
func (p *process) config(learned bool) ([]byte, error) {
	c := diffusion.DefaultDDPM()
	c.Betas, c.Steps, c.Given = diffusion.GivenBetas, p.steps, p.betas
	if learned {
		c.Variance = diffusion.LearnedRange
	}
	return diffusion.EncodeDDPM(c)
}
