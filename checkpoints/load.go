package checkpoints

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"tweedie/autodiff"
	"tweedie/checkpoints/internal/store"
)

// LoadOptions says which tensors of a file belong to the parameters, and what Load tolerates.
type LoadOptions struct {
	Prefix         string // only tensors whose name begins so are looked at; the rest of the name is the parameter's
	AllowNonFinite bool   // take NaN and Inf as they are
}

// AddParams adds one F32 tensor for each parameter, named prefix + its name. The tensor is a view of the parameter's
// values, not a copy.
func (f *File) AddParams(prefix string, params []*autodiff.Param) error {
	ts := make([]*Tensor, len(params))
	for i, p := range params {
		ts[i] = FromFloat32(prefix+p.Name(), p.Shape().Dims(nil), p.Data())
	}
	return f.Add(ts...)
}

// Load copies tensors into the parameters of the same names, rounding to float32. All must match: when tensors are
// missing, unused, of another shape or integers, or hold NaN or Inf, the error is a *LoadError that lists every one of
// them, and no parameter is changed. It looks for NaN and Inf only when all else fits.
//
// Every tensor is read twice, first to check it and then into its parameter, so that nothing is held besides the
// parameters. Only a file that changes in between can fail after parameters were written.
func Load(f *File, params []*autodiff.Param, o LoadOptions) error {
	problems := Match(f, params, o)
	if len(problems) > 0 {
		return &LoadError{problems}
	}
	tensors := make([]*Tensor, len(params))
	for i, p := range params {
		t, err := f.Tensor(o.Prefix + p.Name())
		if err != nil {
			return err
		}
		at, v, err := nonFinite(t)
		if err != nil {
			return err
		}
		if at >= 0 && !o.AllowNonFinite {
			problems = append(problems, Problem{What: fmt.Sprintf("%v at %d", v, at), Name: p.Name(), File: describe(t), Network: p.Shape().String()})
		}
		tensors[i] = t
	}
	if len(problems) > 0 {
		return &LoadError{problems}
	}
	for i, p := range params {
		p.Touch()
		if err := tensors[i].ReadFloat32s(p.Data()); err != nil {
			return fmt.Errorf("%w (on the second reading; the parameters are not usable)", err)
		}
	}
	return nil
}

// nonFinite returns the first element that is not a finite float32, and where it is; -1 when there is none.
func nonFinite(t *Tensor) (first int, value float32, err error) {
	first = -1
	var some [512]float32
	err = store.Each(t, func(at, step int, b []byte, gap, n int) {
		for i := 0; i < n; i += len(some) {
			k := min(len(some), n-i)
			store.Decode(some[:], 0, 1, t.DType, b[i*gap:], gap, k)
			for j, v := range some[:k] {
				if where := at + (i+j)*step; v-v != 0 && (first < 0 || where < first) {
					first, value = where, v
				}
			}
		}
	})
	return first, value, err
}

// Problem describes one tensor that does not fit.
type Problem struct {
	What    string // missing, not read, unused, wrong shape, not float, named twice, or the value and place of a NaN or Inf
	Name    string // without the prefix
	File    string // type and shape in the file, or why it is not read
	Network string // shape in the network
	Nearest string // for a missing one, the unused name that is most like it
}

// LoadError lists every tensor that does not fit.
type LoadError struct{ Problems []Problem }

const maxRows = 40

// Line returns one line about the first tensor that does not fit, for an error with a single one.
func (e *LoadError) Line() string {
	p := e.Problems[0]
	text := fmt.Sprintf("checkpoints: nothing was loaded: the tensor %q is %s", p.Name, p.What)
	if p.File != "" {
		text += ", in the file " + p.File
	}
	if p.Network != "" {
		text += ", in the network " + p.Network
	}
	if p.Nearest != "" {
		text += fmt.Sprintf("; the nearest in the file is %q", p.Nearest)
	}
	return text
}

// Error returns a table of at most 40 rows; names are quoted.
func (e *LoadError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "checkpoints: %d tensors do not fit, nothing was loaded\n", len(e.Problems))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  problem\tname\tfile\tnetwork\tnearest in the file")
	for _, p := range e.Problems[:min(maxRows, len(e.Problems))] {
		near := p.Nearest
		if near != "" {
			near = fmt.Sprintf("%q", near)
		}
		fmt.Fprintf(w, "  %s\t%q\t%s\t%s\t%s\n", p.What, p.Name, p.File, p.Network, near)
	}
	w.Flush()
	if more := len(e.Problems) - maxRows; more > 0 {
		fmt.Fprintf(&b, "  and %d more\n", more)
	}
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
