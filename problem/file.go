package problem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"tweedie/infer"
	"tweedie/internal/arrays"
	"tweedie/internal/config"
	"tweedie/internal/input"
	"tweedie/inverse"
)

// File is what a problem file says. Its paths are relative to the current folder, or absolute. Exactly one of Data and
// Simulate is given.
type File struct {
	Prior Prior `json:"prior,omitzero"`
	// Operator is the forward model, as inverse.DecodeFrom reads it: an object with a "kind", or the path of a file with one.
	Operator json.RawMessage `json:"operator,omitempty"`
	// OperatorFolder is where the files lie that Operator names; empty is the current folder. Read sets it to the folder
	// of the file that holds the object.
	OperatorFolder string `json:"-"`
	// Noise is as inverse.DecodeNoiseFrom reads it, in the units of the measurement: an object with a "kind", or a path.
	Noise json.RawMessage `json:"noise,omitempty"`
	// NoiseFolder is to Noise what OperatorFolder is to Operator.
	NoiseFolder string `json:"-"`
	// Data is the measurement, in the layout of the operator's. NaN, null when written out, is missing. A picture gets the
	// values of Range.
	Data *Array `json:"data,omitempty"`
	// Simulate asks for a measurement of a known image.
	Simulate *Simulation `json:"simulate,omitempty"`
	// Mask has the layout of Data; 0 is missing, anything else is measured.
	Mask *Array `json:"mask,omitempty"`
	// Units says in words what a value of an image is, as in "Jy/beam". Nothing is computed from it.
	Units string `json:"units,omitempty"`
	// Range is of the values of images, from black to white. It is the prior's when it is left out. The images of a network are scaled
	// to it; of a closed form, whose values its own description has, it is what is shown.
	Range *[2]float64 `json:"range,omitempty"`
	// Method has a "kind" of infer.Kinds and the fields to change; dpnp with its defaults when it is left out.
	Method json.RawMessage `json:"method,omitempty"`
	// Samples is the number of posterior samples, 16 when it is left out.
	Samples int `json:"samples"`
	// Seed is what every random number follows from.
	Seed uint64 `json:"seed"`
	// About is written by Effective and not read.
	About *About `json:"about,omitempty"`
}

// Simulation is an image of which a measurement is made up, with noise that follows from the seed: a given one, or one that
// is drawn from the prior. The image is used for comparison, too.
type Simulation struct {
	// Image is in the prior's shape and values, or a picture.
	Image *Array `json:"image,omitempty"`
	// Prior draws the image, which follows from the seed.
	Prior bool `json:"prior,omitempty"`
}

// Prior names a prior. In JSON it may be a string, the Name.
type Prior struct {
	// Name is one of PriorNames, or the path of a checkpoint or of the JSON that describes a closed form.
	Name string `json:"name"`
	// Class is what a network with classes shows, from 0.
	Class *int `json:"class,omitempty"`
	// Size has the extents of the images, without channels, for a network that takes any; those of the file when it is left out.
	Size []int `json:"size,omitempty"`
}

// About tells what a problem comes to.
type About struct {
	Prior        string `json:"prior"`        // one line
	Image        []int  `json:"image"`        // shape
	Measurement  []int  `json:"measurement"`  // shape, missing entries among them
	Pixels       int    `json:"pixels"`       // n
	Measurements int    `json:"measurements"` // m, without the missing ones
	Missing      int    `json:"missing"`
	Method       string `json:"method"` // what the method does with its settings
	// Forecast is what a dry run found out about the run.
	Forecast *Forecast `json:"forecast,omitempty"`
}

// UnmarshalJSON reads a string or an object.
func (p *Prior) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return config.Decode(data, &p.Name)
	}
	type plain Prior
	if data[0] != '{' {
		return config.Errorf("", "", "is %.40s; it must be a name or a path, or an object with a name", data)
	}
	return config.Decode(data, (*plain)(p))
}

// MarshalJSON writes a string when there is neither a class nor a size.
func (p Prior) MarshalJSON() ([]byte, error) {
	if p.Class == nil && len(p.Size) == 0 {
		return json.Marshal(p.Name)
	}
	type plain Prior
	return json.Marshal(plain(p))
}

// Default returns a File with the number of samples that one gets by default.
func Default() File { return File{Samples: 16} }

// Read reads a problem file onto Default. Nothing that it names is opened, except the files of operator, noise and
// method, which become part of the File.
func Read(path string) (File, error) {
	f := Default()
	text, err := readText(path)
	if err != nil {
		return f, err
	}
	if err := config.Decode(text, &f); err != nil {
		return f, &Error{Path: path, Err: err}
	}
	if err := f.resolve(filepath.Dir(path)); err != nil {
		return f, &Error{Path: path, Err: err}
	}
	return f, nil
}

// readText reads a file of JSON.
func readText(path string) ([]byte, error) {
	text, err := input.ReadFile(path, input.MaxText)
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // the byte-order mark of some editors
	switch {
	case err != nil:
		return nil, err
	case len(text) == 0:
		return nil, fmt.Errorf("the file %s is empty", input.Name(path))
	case !utf8.Valid(text):
		return nil, fmt.Errorf("the file %s is not text in UTF-8", input.Name(path))
	}
	return text, nil
}

// arrays are the arrays that may stand in files.
func (f *File) arrays() map[string]**Array {
	all := map[string]**Array{"data": &f.Data, "mask": &f.Mask}
	if f.Simulate != nil {
		all["simulate.image"] = &f.Simulate.Image
	}
	return all
}

// resolve makes the paths, which are relative to dir, relative to the current folder.
func (f *File) resolve(dir string) error {
	if p := filepath.Join(dir, f.Prior.Name); !filepath.IsAbs(f.Prior.Name) && f.Prior.Name != "" && !known(f.Prior.Name) {
		if _, err := os.Stat(p); err == nil {
			f.Prior.Name = p
		}
	}
	for _, a := range f.arrays() {
		if *a != nil && (*a).File != "" {
			*a = (*a).In(dir)
		}
	}
	for _, part := range []struct {
		name   string
		raw    *json.RawMessage
		folder *string
		kinds  []string
	}{{"operator", &f.Operator, &f.OperatorFolder, inverse.Kinds()}, {"noise", &f.Noise, &f.NoiseFolder, inverse.NoiseKinds()}, {"method", &f.Method, new(string), infer.Names()}} {
		var err error
		if *part.folder, err = inlined(part.raw, dir, part.kinds); err != nil {
			return config.Below(part.name, err)
		}
	}
	return nil
}

// inlined puts the content of a file in place of its path, and returns the folder of the file that holds the content. A path that
// is no file and one of the kinds is told so.
func inlined(raw *json.RawMessage, dir string, kinds []string) (folder string, err error) {
	switch text := string(*raw); {
	case text == "null":
		*raw = nil
	case len(text) > 0 && text[0] == '"':
		var path string
		if err := config.Decode(*raw, &path); err != nil {
			return dir, err
		}
		if path == "" {
			return dir, errors.New("is empty; give an object with a kind, or a file with one")
		}
		kind := path
		path = arrays.Under(dir, path)
		content, err := readText(path)
		if errors.Is(err, fs.ErrNotExist) && slices.Contains(kinds, kind) {
			return dir, fmt.Errorf("is %q, which would be a file, and there is none; write {\"kind\": %[1]q}", kind)
		}
		if err != nil {
			return dir, err
		}
		*raw = content
		return filepath.Dir(path), nil
	}
	return dir, nil
}
