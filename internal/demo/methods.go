package demo

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tweedie/infer"
	"tweedie/internal/config"
)

// chooseMethods returns the methods that --methods names, in its order and with the settings of an effort for the problem,
// changed by the fields that --config names: {"dpnp": {"rounds": 20}}.
func chooseMethods(names string, fields []byte, p *infer.Problem, e infer.Effort) ([]infer.Method, error) {
	var changes map[string]json.RawMessage
	if len(fields) > 0 {
		var err error
		if changes, err = config.Object(fields); err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
	}
	known := strings.Join(infer.Names(), ", ")
	for name := range changes {
		if _, err := infer.KindOf(name); err != nil {
			return nil, fmt.Errorf(`--config: %q is no method; give fields of %s, as in {"dpnp":{"rounds":40}}`, name, known)
		}
	}
	var chosen []infer.Method
	wanted := strings.Split(names, ",")
	for i, name := range wanted {
		kind, err := infer.KindOf(name)
		if err != nil || slices.Contains(wanted[:i], name) {
			return nil, fmt.Errorf("--methods: %q is unknown or there twice; the methods are %s, with commas between%s", name, known, config.DidYouMean(name, infer.Names(), ""))
		}
		m, err := kind.Decode(changes[name], p, e)
		if err != nil {
			return nil, fmt.Errorf("--config: %s: %w", name, err)
		}
		chosen = append(chosen, m)
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		if !slices.Contains(wanted, name) {
			return nil, fmt.Errorf("--config: it has fields of %s, which --methods %s leaves out", name, names)
		}
	}
	return chosen, nil
}

// about says what a run with the config of a result does, for a page.
func about(config any) string {
	m, ok := config.(infer.Method)
	if !ok {
		return ""
	}
	k, err := infer.KindOf(m.Name())
	if err != nil {
		return ""
	}
	return k.About(m)
}

// exceptions says which methods' spread claims nothing about the error.
func exceptions(methods []infer.Method) string {
	text := ""
	for _, m := range methods {
		if k, err := infer.KindOf(m.Name()); err == nil && k.Spread != infer.PosteriorSpread {
			text += fmt.Sprintf(" For %s it is the %s.", k.Title, k.Spread)
		}
	}
	return text
}
