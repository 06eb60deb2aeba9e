package plan

import (
	"math"
	"time"

	"tweedie/autodiff"
)

// Modes lists what is planned, each with the step of a Workload that needs the most memory there.
var Modes = []struct{ Name, Step, Use string }{
	{"forward", "fwd", "one evaluation"},
	{"sampling", "fwd", "sample; solve by dpnp and red-diff"},
	{"vjp", "vjp", "gradient by the images; solve by dpi with the surrogate"},
	{"logprob", "logprob", "log-density by the flow, one probe at a time"},
	{"divgrad", "divgrad", "gradient of a divergence; solve by dpi with the flow, one step of it on the tape at a time"},
	{"train", "train", "a step of Adam, with moments and average"},
}

// Prediction says what one mode needs. Sizes are in MiB.
type Prediction struct {
	Mode    string  `json:"mode"`
	Use     string  `json:"use"`
	Remat   string  `json:"remat"`
	Peak    float64 `json:"buffers_peak_mib"`
	Held    float64 `json:"buffers_held_mib"` // with the gaps between them
	Weights float64 `json:"weights_mib"`
	State   float64 `json:"optimizer_mib"` // gradients, moments, average
	Process float64 `json:"process_mib"`   // of all, with the program itself
	MS      float64 `json:"ms_per_image,omitempty"`
	Problem string  `json:"problem,omitempty"` // says why the mode does not fit
}

// startMiB is the size of the program before it does anything.
const startMiB = 16

// kernelScratch is about what the kernels of a small network borrow: packed weights and padded images.
const kernelScratch = 16 << 20

// All predicts every mode within a budget in bytes; 0 is no limit. Timed runs each mode that fits and takes its time.
func (t *Target) All(budget int, timed bool) (rows []Prediction, err error) {
	for _, m := range Modes {
		p, err := t.predict(m.Name, m.Step, budget, timed)
		if err != nil {
			return nil, err
		}
		p.Use = m.Use
		rows = append(rows, p)
	}
	return rows, nil
}

// predict plans one mode within a budget in bytes; 0 is no limit.
func (t *Target) predict(mode, step string, budget int, timed bool) (Prediction, error) {
	if budget == 0 {
		budget = math.MaxInt
	}
	policy, f, err := t.choose(step, budget)
	p := Prediction{Mode: mode, Remat: policy.String(), Peak: MiB(f.Peak), Held: MiB(f.Held), Weights: MiB(4 * t.Params)}
	if f.Held == 0 {
		return p, err
	}
	if mode == "train" {
		p.State = MiB((4 + 8 + 12) * t.Params) // float32 gradients and moments, float64 average and weights set aside
	}
	p.Process = p.Held + p.Weights + p.State + MiB(kernelScratch) + startMiB
	if err != nil {
		p.Problem = err.Error()
		return p, nil
	}
	if timed {
		t.Policy = policy
		p.MS, err = t.Once(step)
	}
	return p, err
}

// Once times one step, after one to warm up, and returns milliseconds per image.
func (w *Workload) Once(step string) (ms float64, err error) {
	defer autodiff.Catch(&err)
	a := autodiff.NewArena()
	f := w.Randomize().Step(step)
	f(a)
	begin := time.Now()
	f(a)
	return time.Since(begin).Seconds() * 1e3 / float64(w.Shape.Dim(0)), nil
}
