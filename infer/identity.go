package infer

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tweedie/internal/arrays"
	"tweedie/inverse"
)

// identity holds everything that the numbers of a run follow from, part by part under names that a user knows. A state
// stores it, so that a run that finds a state can say what differs.
type identity struct {
	Parts  map[string]string    `json:"parts"`
	Probes map[string][]float64 `json:"probes"` // responses to fixed inputs, which tell apart what no text describes
}

// identify returns the identity of a run of m on p. It costs one evaluation of the prior.
func identify(m Method, p *Problem, run Run) (identity, error) {
	id := identity{Parts: map[string]string{
		"method":            m.Name(),
		"seed":              fmt.Sprint(run.Seed),
		"number of samples": fmt.Sprint(run.Samples),
		"image shape":       p.Shape.String(),
		"element type":      p.DType.String(),
		"value scale":       fmt.Sprint(p.Affine.Unit()),
		"value shift":       fmt.Sprint(p.Affine.Shift),
		"measurement":       fmt.Sprintf("%d numbers of hash %s", len(p.Likelihood.Y), hashFloats(p.Likelihood.Y)),
		"operator":          operatorText(p.Likelihood.Op),
	}, Probes: map[string][]float64{}}
	config, err := json.Marshal(m)
	if err != nil {
		return id, fmt.Errorf("%s: its config: %w", m.Name(), err)
	}
	if err := id.fields("method's ", config); err != nil {
		return id, err
	}
	noise, err := inverse.EncodeNoise(p.Likelihood.Noise)
	if err != nil {
		return id, fmt.Errorf("noise: %w", err)
	}
	if err := id.fields("noise ", arrays.Contents(noise, p.Likelihood.Noise)); err != nil {
		return id, err
	}
	for name, v := range p.PriorID {
		id.Parts["prior's "+name] = short(v)
	}
	return id, id.probe(p)
}

// fields adds the numbers and words of a JSON object under the names of its fields, with dots for objects inside.
func (id *identity) fields(prefix string, object []byte) error {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(object, &m); err != nil {
		return err
	}
	for name, v := range m {
		if v[0] != '{' {
			id.Parts[prefix+name] = short(string(v))
			continue
		}
		if err := id.fields(prefix+name+".", v); err != nil {
			return err
		}
	}
	return nil
}

// operatorText describes an operator by its config, where it has one, with the contents of the files that it names, and
// otherwise by its name and shapes.
func operatorText(op inverse.Operator) string {
	if d, ok := op.(inverse.Described); ok && d.Config() != nil {
		if raw, err := inverse.EncodeIdentity(d.Config()); err == nil {
			return short(string(arrays.Contents(raw, d.Config())))
		}
	}
	return fmt.Sprintf("%s from %v to %v", op.Name(), op.InShape(), op.OutShape())
}

// mostText bounds the length of a text that a state stores as it is.
const mostText = 400

// short returns s, or in place of a long one its length and its hash.
func short(s string) string {
	if len(s) <= mostText {
		return s
	}
	return fmt.Sprintf("%d bytes of hash %x", len(s), sha256.Sum256([]byte(s)))
}

// hashFloats returns the first 64 bits of the SHA-256 of v.
func hashFloats(v []float64) string {
	b, _ := binary.Append(nil, binary.LittleEndian, v) // numbers of a fixed size never fail
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%x", sum[:8])
}

// differences says, part by part, in what the run of a state and this one differ.
func (id identity) differences(now identity) []string {
	var out []string
	names := maps.Clone(id.Parts)
	maps.Copy(names, now.Parts)
	for _, name := range slices.SortedFunc(maps.Keys(names), tellingFirst) {
		if was, is := id.Parts[name], now.Parts[name]; was != is {
			out = append(out, fmt.Sprintf("%s is %s in the state and %s here", name, orNone(was), orNone(is)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now.Probes)) {
		named := slices.ContainsFunc(out, func(s string) bool { return strings.HasPrefix(s, name) })
		if !named && !alike(id.Probes[name], now.Probes[name]) {
			out = append(out, fmt.Sprintf("%s answers a fixed input otherwise than in the state", name))
		}
	}
	return out
}

// telling lists the parts that explain why others differ.
var telling = []string{"method", "operator", "measurement", "noise sigma", "prior's closed form", "prior's weights", "prior's class"}

// tellingFirst orders the names of parts: the telling ones, then the others by the alphabet.
func tellingFirst(a, b string) int {
	rank := func(s string) int {
		if i := slices.Index(telling, s); i >= 0 {
			return i
		}
		return len(telling)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
