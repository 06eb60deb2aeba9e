package dpnp

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/internal/config"
	"tweedie/rng"
)

// ours is a sampler of a user's own: DDS-DDIM, counted.
type ours struct {
	DDSDDIM
	draws *int
}

func (ours) Name() string { return "ours" }

func (o ours) Draw(e *infer.Evaluator, x []float64, eta float64, streams []*rng.Stream) error {
	*o.draws++
	return o.DDSDDIM.Draw(e, x, eta, streams)
}

// A sampler of a user's own is reached by its name in a config, with the config's fields, and gives what it draws.
func TestRegisteredSampler(t *testing.T) {
	draws := 0
	if err := RegisterSampler("ours", func(m DPnP) (DenoisingSampler, error) {
		if m.Heun {
			return nil, errors.New("heun is not for it")
		}
		return ours{DDSDDIM{Steps: m.Steps}, &draws}, nil
	}); err != nil {
		t.Fatal(err)
	}
	solve := func(fields string) (*infer.Result, error) {
		p := cases.Small()
		m, err := config.Onto[infer.Method](Annealed(), []byte(fields))
		if err != nil {
			return nil, err
		}
		return m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 5})
	}
	got, err := solve(`{"sampler":"ours","rounds":4,"hold":1,"dds_steps":5}`)
	if err != nil {
		t.Fatal(err)
	}
	want, err := solve(`{"sampler":"ddim","rounds":4,"hold":1,"dds_steps":5}`)
	if err != nil {
		t.Fatal(err)
	}
	if draws != 4 || got.Evaluations != want.Evaluations || !slices.Equal(got.Samples[1], want.Samples[1]) {
		t.Errorf("%d draws, %d evaluations, sample %v; want 4, %d, %v", draws, got.Evaluations, got.Samples[1], want.Evaluations, want.Samples[1])
	}
	for fields, say := range map[string]string{
		`{"sampler":"our"}`:                `sampler is "our"; it must be ddpm, ddim, dpm++, unipc or ours; did you mean ours?`,
		`{"sampler":"ours","heun":true}`:   `dpnp: the denoising sampler "ours": heun is not for it`,
		`{"sampler":"ours","dds_steps":0}`: "dds_steps is 0",
	} {
		if _, err := solve(fields); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v, want %q", fields, err, say)
		}
	}
	if err := RegisterSampler("ddim", nil); err == nil || !strings.Contains(err.Error(), `the denoising sampler "ddim" is registered already`) {
		t.Errorf("a name that is taken: %v", err)
	}
}

func TestSamplerBuilderOfNothing(t *testing.T) {
	if err := RegisterSampler("nothing", func(DPnP) (DenoisingSampler, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	m := Default()
	m.Sampler = "nothing"
	if _, err := m.Solve(context.Background(), cases.Small(), infer.Run{Samples: 1}); err == nil || !strings.Contains(err.Error(), "its builder returned none") {
		t.Errorf("no sampler: %v", err)
	}
}

// The multistep samplers are reached by their names, and take dds_steps evaluations a round.
func TestMultistepByName(t *testing.T) {
	p := cases.Small()
	for _, name := range []string{"dpm++", "unipc"} {
		m, err := config.Onto[infer.Method](Annealed(), []byte(`{"sampler":"`+name+`","rounds":30,"hold":10,"dds_steps":8,"eta_max":0.4,"eta_min":0.05}`))
		if err != nil {
			t.Fatal(err)
		}
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: 40, Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		if res.Evaluations != 30*8*40 {
			t.Errorf("%s: %d evaluations, want %d", name, res.Evaluations, 30*8*40)
		}
		// A direction that averages over 2x2 do not see keeps the prior's variance .2.
		var unseen []float64
		for _, x := range res.Samples {
			unseen = append(unseen, (x[0]-x[1])/math.Sqrt2, (x[2]-x[3])/math.Sqrt2, (x[4]-x[5])/math.Sqrt2)
		}
		if _, _, v, se := cases.PixelMoments(unseen); math.Abs(v-.2) > 4*se {
			t.Errorf("%s: variance %.4f +- %.4f where the data say nothing, want .2", name, v, se)
		}
	}
}
