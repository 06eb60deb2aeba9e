package diffusion

import (
	"testing"

	"tweedie/internal/config/configtest"
)

func TestHostileNumbers(t *testing.T) {
	for _, s := range Schedules() {
		configtest.Hostile(t, s, Schedule.Validate)
	}
	for _, s := range Samplers() {
		configtest.Hostile(t, s, Sampler.Validate)
	}
	for _, l := range Losses() {
		configtest.Hostile(t, l, Loss.Validate)
	}
	ddpm := DefaultDDPM()
	configtest.Hostile(t, ddpm, DDPMConfig.Validate)
	ddpm.Betas = SingleScaledLinear
	configtest.Hostile(t, ddpm, DDPMConfig.Validate)
	ddpm.Betas = "cosine"
	configtest.Hostile(t, ddpm, DDPMConfig.Validate)
	configtest.Hostile(t, DefaultELBO(), ELBOConfig.Validate)
	configtest.Hostile(t, DefaultODE(), ODEConfig.Validate)
	configtest.Hostile(t, Affine{Scale: 1}, Affine.Validate)
}

func TestSamplersRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"kind":"heun","steps":9223372036854775807}`:                  "heun: steps is 9223372036854775807; it must lie between 2 and 1000000",
		`{"kind":"flow","steps":9223372036854775807}`:                  "flow: steps is 9223372036854775807; it must lie between 1 and 1000000",
		`{"kind":"euler-maruyama","t0":1e-200}`:                        "euler-maruyama: t0 is 1e-200; it must lie between 1e-12 and 1",
		`{"kind":"ancestral","process":{"steps":1000000000}}`:          "ddpm: steps is 1000000000; it must lie between 2 and 1000000",
		`{"kind":"flow","schedule":{"kind":"vp","beta1":1e300}}`:       "flow: schedule.beta1 is 1e+300; it must lie between 0.1 and 100",
		`{"kind":"flow","schedule":{"kind":"vp","beta1":1,"beta1":2}}`: "sampler: schedule.beta1 is given twice; give it once",
		`{"kind":"flow","schedule":{"kind":"vq"}}`:                     `flow: schedule.kind is "vq", which is none of subvp, ve, vp; did you mean ve?`,
		`{"kind":"flow","schedule":{"kind":"vp","beta2":1}}`:           "flow: schedule.beta2 is unknown; did you mean schedule.beta0?",
		`{"kind":"heun","sigma_max":1e400}`:                            "heun: sigma_max is 1e400; it must be a number that fits in 64 bits",
		`{"kind":"heun","order":"2"}`:                                  `heun: order is the string "2"; it must be an integer`,
	} {
		if _, err := DecodeSampler([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s\n got  %v\n want %s", text, err, want)
		}
	}
}
