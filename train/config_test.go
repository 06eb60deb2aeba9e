package train

import (
	"math"
	"strings"
	"testing"
)

func TestConfigRoundTrip(t *testing.T) {
	c := toyConfig()
	c.Seed = math.MaxUint64
	got, err := ParseConfig([]byte(c.String()))
	if err != nil || got != c {
		t.Errorf("%v, %v", got, err)
	}
	got, err = ParseConfig([]byte(`{"images": 1000, "lr": 0.5}`))
	want := Default()
	want.Images, want.LR = 1000, 0.5
	if err != nil || got != want || got.Total() != 8 {
		t.Errorf("onto the defaults: %v, %v", got, err)
	}
}

func TestConfigNamesTheField(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                "steps is 0",
		`{"steps": 1, "images": 1}`:         "steps is 1",
		`{"images": -1}`:                    "images is -1",
		`{"steps": 1, "batch": 0}`:          "batch is 0",
		`{"steps": 1, "accumulate": 3}`:     "accumulate is 3; it must be a divisor of batch, 128",
		`{"steps": 1, "optimizer": "lion"}`: `optimizer is "lion"; it must be adam or sgd`,
		`{"steps": 1, "lr": 0}`:             "lr is 0",
		`{"steps": 1, "decay": "linear"}`:   `decay is "linear"; it must be constant, cosine or inverse-sqrt`,
		`{"steps": 1, "final_lr": 1}`:       "final_lr is 1",
		`{"steps": 1, "beta2": 1}`:          "beta2 is 1",
		`{"steps": 1, "eps": 0}`:            "eps is 0",
		`{"steps": 1, "ema_half_life": -5}`: "ema_half_life is -5",
		`{"steps": 1, "eval_batches": 0}`:   "eval_batches is 0",
		`{"steps": 1, "learning_rate": 1}`:  "learning_rate",
	} {
		if _, err := ParseConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", text, err, want)
		}
	}
	c := toyConfig()
	c.LR = math.NaN()
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "lr") {
		t.Errorf("lr = NaN: %v", err)
	}
}

func TestRate(t *testing.T) {
	c := Default()
	c.Steps, c.LR, c.WarmupSteps = 30, 8, 4
	for k, want := range map[int64]float64{1: 2, 2: 4, 4: 8, 5: 8, 30: 8} {
		if got := c.Rate(k); got != want {
			t.Errorf("constant: step %d at %v, want %v", k, got, want)
		}
	}
	c.Decay, c.FinalLR, c.Steps = "cosine", 2, 10
	for k, want := range map[int64]float64{2: 4, 4: 8, 7: 5, 10: 2, 12: 2} {
		if got := c.Rate(k); math.Abs(got-want) > 1e-12 {
			t.Errorf("cosine: step %d at %v, want %v", k, got, want)
		}
	}
	c.WarmupSteps, c.Decay = 0, "constant"
	if got := c.Rate(1); got != 8 {
		t.Errorf("no warm-up: %v", got)
	}
}
