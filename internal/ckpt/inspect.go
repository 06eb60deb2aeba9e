package ckpt

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/families/dpi"
	"tweedie/layers"
)

// Inspection says what a file holds.
type Inspection struct {
	File     string            `json:"file"`
	Format   string            `json:"format"`
	Version  int               `json:"format_version"` // 0: not written by tweedie
	Values   int               `json:"values"`
	Types    []string          `json:"types"`
	Tensors  []Tensor          `json:"tensors"`
	Others   []Value           `json:"others,omitempty"` // values that are not tensors
	Metadata map[string]string `json:"metadata,omitempty"`
	Network  *Guess            `json:"network,omitempty"`
	Note     string            `json:"note,omitempty"` // what tensors of no network seem to be
}

// Tensor describes one tensor of a file.
type Tensor struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Shape []int  `json:"shape"`
}

// Value describes a value in a file that is no tensor, as text.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Guess describes the network that the tensors seem to be of.
type Guess struct {
	Family   string                `json:"family"`
	Prefix   string                `json:"prefix"`
	Presets  []string              `json:"presets,omitempty"`
	Config   json.RawMessage       `json:"config,omitempty"`
	Params   int                   `json:"parameters,omitempty"`
	Open     []string              `json:"open,omitempty"` // what neither tensors nor presets tell
	Problems []checkpoints.Problem `json:"problems,omitempty"`
	Note     string                `json:"note,omitempty"`
}

// Inspect reads all data of a file, compares its checksums, and recognises its network. With a config, the name of a
// preset or of a file, it lists what does not fit that network. Nothing in the file is executed.
func Inspect(path, config, prefix string) (*Inspection, error) {
	f, err := checkpoints.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.Verify(); err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	in := &Inspection{File: path, Format: f.Format, Version: f.Version(), Metadata: f.Meta, Tensors: []Tensor{}}
	types := map[string]bool{}
	for _, t := range f.Tensors() {
		in.Values += t.Len()
		types[t.DType.String()] = true
		in.Tensors = append(in.Tensors, Tensor{t.Name, t.DType.String(), t.Shape})
	}
	if len(in.Tensors) == 0 && f.Version() == 0 {
		return nil, fmt.Errorf("%q: %s, but there is no tensor in it", path, f.Format)
	}
	in.Types = slices.Sorted(maps.Keys(types))
	for _, v := range f.Values {
		in.Others = append(in.Others, Value{v.Name, shortened(told(v.V))})
	}
	if in.Network, err = recognise(f, config, prefix); err == nil && in.Network == nil {
		_, _, unknown := families.Recognise(f, prefix)
		in.Note = strings.TrimPrefix(unknown.Error(), "families: ")
	}
	return in, err
}

// recognise guesses the network that the tensors are of, nil for none of a known family. That is an error when a config
// or a prefix says that there is one.
func recognise(f *checkpoints.File, config, prefix string) (*Guess, error) {
	text, err := configText(config)
	if err != nil {
		return nil, err
	}
	family, prefix, err := families.Recognise(f, prefix)
	switch {
	case family == "" && (text != "" || prefix != ""):
		return nil, err
	case family == "":
		return nil, nil
	case err != nil:
		return &Guess{Family: family, Note: err.Error()}, nil
	}
	g := &Guess{Family: family, Prefix: prefix}
	if !slices.Contains(families.Readable(), family) {
		g.Note = notReadable(family).Error()
		if _, _, err := dpi.RecogniseFlow(f, prefix); err == nil {
			g.Note = "a normalising flow, which ckpt apply evaluates (--x, or --z to sample); it is no prior"
		}
		return g, nil
	}
	if found, err := families.Find(f, prefix); err == nil && text == "" {
		if r, ok := found.Family.(families.Inferrer); ok {
			return g, g.infer(f, r)
		}
	}
	return g, g.compare(f, text)
}

// infer adds what the tensors tell about a network, and what does not fit the network that they seem to be of.
func (g *Guess) infer(f *checkpoints.File, r families.Inferrer) error {
	found, err := r.Infer(f, g.Prefix)
	if err != nil {
		g.Note = err.Error()
		return nil
	}
	g.Presets, g.Open, g.Config = found.Presets, found.Open, found.Config
	return g.compare(f, string(found.Config))
}

// compare adds what a network of any family says about itself and what does not fit it.
func (g *Guess) compare(f *checkpoints.File, config string) error {
	net, problems, err := families.Match(f, families.Source{Family: g.Family, Prefix: g.Prefix, Config: config})
	switch {
	case err != nil && config != "":
		return err
	case err != nil:
		g.Note = err.Error()
	default:
		g.Params, g.Problems = layers.Count(net.Params()), problems
	}
	return nil
}
