package problem

import (
	"encoding/json"
	"path/filepath"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// Effective returns the File of the same problem with everything filled in that it left to defaults, and what it comes to.
// Its paths are absolute, so that it holds wherever it is written.
func (p *Problem) Effective() (File, error) {
	f := p.file
	f.Range = &[2]float64{p.Prior.Spec.Range[0], p.Prior.Spec.Range[1]}
	out := p.Operator.OutShape()
	m := p.Likelihood.Op.OutShape().Size()
	f.About = &About{Prior: p.Prior.Summary(), Image: p.Shape.Dims(nil), Measurement: out.Dims(nil),
		Pixels: p.Shape.Size(), Measurements: m, Missing: out.Size() - m}
	if k, err := infer.KindOf(p.Method.Name()); err == nil {
		f.About.Method = k.About(p.Method)
	}
	if d, ok := p.Operator.(inverse.Described); ok && d.Config() != nil {
		raw, err := inverse.Encode(d.Config())
		if err != nil {
			return f, err
		}
		if f.Operator, err = withNames(p.file.Operator, raw, p.file.OperatorFolder); err != nil {
			return f, err
		}
	}
	noise, err := inverse.EncodeNoise(p.Noise)
	if err == nil {
		f.Noise, err = withNames(p.file.Noise, noise, p.file.NoiseFolder)
	}
	if err != nil {
		return f, err
	}
	if f.Method, err = config.Encode(named{p.Method}, false); err != nil {
		return f, err
	}
	return f, f.relocate(filepath.Abs)
}

// named is a method with its name as its kind.
type named struct{ infer.Method }

// Kind returns the name under which the method is registered.
func (n named) Kind() string { return n.Name() }

// MarshalJSON writes the fields of the method.
func (n named) MarshalJSON() ([]byte, error) { return json.Marshal(n.Method) }

// relocate replaces every path by what move makes of it.
func (f *File) relocate(move func(string) (string, error)) (err error) {
	if f.Prior.Name != "" && !known(f.Prior.Name) {
		if f.Prior.Name, err = move(f.Prior.Name); err != nil {
			return err
		}
	}
	if f.Simulate != nil {
		own := *f.Simulate
		f.Simulate = &own
	}
	for _, a := range f.arrays() {
		if *a == nil || (*a).File == "" {
			continue
		}
		own := **a
		if own.File, err = move(own.File); err != nil {
			return err
		}
		*a = &own
	}
	return nil
}
