package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tweedie/internal/config"
	"tweedie/internal/input"
)

// explained returns an error about what the description raw says with what only the description knows: that a field is missing
// where its value is said to be 0, or which file holds the numbers of the field. Paths in raw are relative to folder.
func explained(err error, raw json.RawMessage, folder string) error {
	e, ok := errors.AsType[*config.FieldError](err)
	if !ok {
		return err
	}
	first := e.Field
	if i := strings.IndexAny(first, ".["); i >= 0 {
		first = first[:i]
	}
	described := kindsIn(raw, e.Kind)
	if len(described) == 0 || first == "" {
		return err
	}
	value, given := described[0][first]
	if rest, zero := strings.CutPrefix(e.Problem, "is 0; "); zero && first == e.Field && len(described) == 1 && (!given || string(value) == "null") && err == error(e) {
		missing := *e
		missing.Problem = "is missing; " + rest
		return &missing
	}
	file := ""
	for _, fields := range described {
		a := new(Array)
		if value := fields[first]; len(value) == 0 || value[0] != '"' && value[0] != '{' || a.UnmarshalJSON(value) != nil || a.File == "" {
			return err
		}
		if _, missing := os.Stat(a.In(folder).File); missing != nil || file != "" && file != a.Name() {
			return err
		}
		file = a.Name()
	}
	if strings.Contains(err.Error(), filepath.Base(file)) {
		return err
	}
	return fmt.Errorf("%w (from %s)", err, input.Name(file))
}

// kindsIn returns the objects of a kind in a description, those inside other ones among them.
func kindsIn(raw json.RawMessage, kind string) (found []map[string]json.RawMessage) {
	switch {
	case len(raw) == 0:
	case raw[0] == '{':
		fields, err := config.Object(raw)
		if err != nil {
			return nil
		}
		if k, err := config.KindOf(raw); err == nil && k == kind {
			found = append(found, fields)
		}
		for _, v := range fields {
			found = append(found, kindsIn(v, kind)...)
		}
	case raw[0] == '[' && strings.HasPrefix(strings.TrimSpace(string(raw[1:min(len(raw), 64)])), "{"):
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return nil
		}
		for _, v := range list {
			found = append(found, kindsIn(v, kind)...)
		}
	}
	return found
}
