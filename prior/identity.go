package prior

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"tweedie/autodiff"
)

// Identity returns everything that the prior's numbers follow from, by name: the fields of its Spec, the class among
// them, and a hash of the network's weights, or the name of a closed form, of one from
// a file a hash of what it says. The name of a file is not part of it.
func (p *Prior) Identity() (map[string]string, error) {
	spec, err := json.Marshal(p.Spec)
	if err != nil {
		return nil, fmt.Errorf("prior: %s: %w", p.Name, err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(spec, &fields); err != nil {
		return nil, fmt.Errorf("prior: %s: %w", p.Name, err)
	}
	id := map[string]string{}
	for name, v := range fields {
		id[name] = string(v)
	}
	switch {
	case p.Exact != nil:
		id["closed form"] = cmp.Or(p.digest, p.Name)
	case p.network != nil:
		id["architecture"], id["weights"] = p.Info.Architecture, "SHA-256 "+hashParams(p.network.Params())
	}
	return id, nil
}

// hashParams returns the SHA-256 of the names, shapes and values of parameters.
func hashParams(params []*autodiff.Param) string {
	h := sha256.New()
	var b []byte
	for _, p := range params {
		b = fmt.Appendf(b[:0], "%s %v\n", p.Name(), p.Shape())
		b, _ = binary.Append(b, binary.LittleEndian, p.Data()) // numbers of a fixed size never fail
		h.Write(b)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
