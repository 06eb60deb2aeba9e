package diffusion

import "tweedie/internal/config"

// FieldError says which field of a configuration is wrong, and what would be right.
type FieldError = config.FieldError

// configured is a configuration of the package: it knows its kind and what is wrong with it.
type configured interface {
	Kind() string
	Validate() error
}

// The configurations that the field "kind" tells apart, by what they are of.
var (
	schedules = config.Of[Schedule]("schedule", DefaultVP(), DefaultSubVP(), DefaultVE())
	samplers  = config.Of[Sampler]("sampler", DefaultAncestral(), DefaultDDIM(), DefaultHeun(), DefaultDPMSolver(), DefaultUniPC(), DefaultEulerMaruyama(), DefaultODESampler())
	losses    = config.Of[Loss]("loss", DefaultDSM(), DefaultEDMLoss(), DefaultHybrid())
	ddpms     = config.Of("schedule", DefaultDDPM())
	odes      = config.Of("log-density", DefaultODE())
)

// decode reads a JSON object with a field "kind" onto the defaults of that kind in r. An unknown kind or field is an
// error, and so is what Validate finds.
func decode[C configured](r *config.Registry[C], data []byte) (C, error) {
	c, err := r.Decode(data)
	if err != nil {
		return c, err
	}
	return c, c.Validate()
}
