package cli

import (
	"tweedie/internal/config"
	_ "tweedie/inverse/all" // the kinds of --op
)

// decodeOnto decodes JSON onto a struct with defaults; an unknown field is an error.
func decodeOnto(text []byte, v any) error {
	if len(text) == 0 {
		return nil
	}
	return config.Decode(text, v)
}
