package inverse

import (
	"tweedie/autodiff"
	"tweedie/internal/config"
)

// proximalMethod is a way of drawing that ProximalConfig reaches by name.
type proximalMethod struct {
	name string
	make func(*Likelihood, ProximalConfig) (ProximalSampler, error)
}

// Kind returns the name of the method.
func (m proximalMethod) Kind() string { return m.name }

var proximals = config.Registry[proximalMethod]{What: "proximal"}

// RegisterProximal makes NewProximal build samplers by the given function where the config's Method is name. The
// function refuses likelihoods for which the sampler cannot draw. RegisterProximal panics when the name is taken.
func RegisterProximal(name string, build func(lik *Likelihood, c ProximalConfig) (ProximalSampler, error)) {
	if name == auto {
		panic(&autodiff.ValueError{Op: "inverse.RegisterProximal", Msg: "auto is the choice among the other methods"})
	}
	if err := proximals.Register(proximalMethod{name, build}); err != nil {
		panic(&autodiff.ValueError{Op: "inverse.RegisterProximal", Msg: err.Error()})
	}
}

// ProximalMethods lists the values of ProximalConfig.Method: auto, then the registered methods in alphabetical order.
func ProximalMethods() []string { return append([]string{auto}, proximals.Kinds()...) }

// registerExact registers a sampler that has no settings.
func registerExact[S ExactProximal](name string, build func(*Likelihood) (S, error)) {
	RegisterProximal(name, func(lik *Likelihood, _ ProximalConfig) (ProximalSampler, error) { return sampler(build(lik)) })
}

// registerUniform is registerExact for a sampler that takes one sigma for all data. NewCoupled draws where there is one
// for each.
func registerUniform[S ExactProximal](name string, build func(*Likelihood) (S, error)) {
	RegisterProximal(name, func(lik *Likelihood, c ProximalConfig) (ProximalSampler, error) {
		if g, ok := lik.Noise.(Gaussian); ok && g.Sigmas != nil {
			return sampler(NewCoupled(lik, c))
		}
		return sampler(build(lik))
	})
}

// sampler returns s, or nil in place of a nil pointer where there is an error.
func sampler[S ProximalSampler](s S, err error) (ProximalSampler, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
