package inverse

import (
	"encoding/json"

	"tweedie/internal/config"
)

// plainGaussian has the fields of a Gaussian and none of its methods.
type plainGaussian Gaussian

// autoSigma is what sigma is in JSON when it is to be estimated.
const autoSigma = `"auto"`

// DecodeFrom reads the fields, and "auto" in place of a number for sigma.
func (g *Gaussian) DecodeFrom(raw []byte, source config.Source) error {
	fields, err := config.Object(raw)
	if err != nil {
		return err
	}
	if string(fields["sigma"]) == autoSigma {
		delete(fields, "sigma")
		if raw, err = json.Marshal(fields); err != nil {
			return err
		}
		g.Auto = true
	} else if s := fields["sigma"]; len(s) > 0 && s[0] == '"' {
		return config.Errorf("", "sigma", "is the string %.60s; it must be a number, or %s to have it estimated from the data", s, autoSigma)
	}
	return config.DecodeFrom(raw, (*plainGaussian)(g), source)
}

// UnmarshalJSON reads what DecodeFrom does, without files.
func (g *Gaussian) UnmarshalJSON(raw []byte) error { return g.DecodeFrom(raw, nil) }

// MarshalJSON writes what UnmarshalJSON reads.
func (g Gaussian) MarshalJSON() ([]byte, error) {
	if !g.Auto {
		return json.Marshal(plainGaussian(g))
	}
	g.Auto = false
	rest, err := json.Marshal(plainGaussian(g))
	if err != nil {
		return nil, err
	}
	fields, err := config.Object(rest)
	if err != nil {
		return nil, err
	}
	fields["sigma"] = json.RawMessage(autoSigma)
	return json.Marshal(fields)
}
