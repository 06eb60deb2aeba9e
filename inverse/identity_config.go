package inverse

import (
	"bytes"
	"encoding/json"
)

// Incidental is a Config of which some fields say how an operator is computed, and not which one it is.
type Incidental interface {
	Config
	// Incidental returns the names of these fields in JSON.
	Incidental() []string
}

// EncodeIdentity writes what Encode does without the fields that are incidental, here and in descriptions inside: what two
// descriptions of one operator have in common. Runs that resume compare it.
func EncodeIdentity(c Config) ([]byte, error) {
	raw, err := Encode(c)
	if err != nil {
		return nil, err
	}
	fields := map[string][]string{}
	for _, d := range operators.All() {
		if i, ok := d.(Incidental); ok && bytes.Contains(raw, []byte(`"kind":"`+d.Kind()+`"`)) {
			fields[d.Kind()] = i.Incidental()
		}
	}
	if len(fields) == 0 {
		return raw, nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	leaveOut(v, fields)
	return json.Marshal(v)
}

// leaveOut deletes the fields of each kind from the objects in v.
func leaveOut(v any, fields map[string][]string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			leaveOut(e, fields)
		}
	case map[string]any:
		if kind, ok := v["kind"].(string); ok {
			for _, name := range fields[kind] {
				delete(v, name)
			}
		}
		for _, e := range v {
			leaveOut(e, fields)
		}
	}
}
