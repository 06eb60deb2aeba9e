package inverse

import (
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// SelectConfig describes y = some entries of x, once each: Indices, Mask, Slice, or Channels and Box. Behind another
// operator, in compose, it selects from a measurement.
type SelectConfig struct {
	// Indices are those of the entries, in the order of y.
	Indices []int `json:"indices,omitempty"`
	// Mask is 1 where an entry is selected and 0 elsewhere: one number for each, or for each pixel of all channels alike.
	Mask Array `json:"mask,omitzero"`
	// Slice takes entries at equal distances.
	Slice *SliceConfig `json:"slice,omitempty"`
	// Channels are those of an image [C,H,W] that are selected, in the order of y; all when it is left out.
	Channels []int `json:"channels,omitempty"`
	// Box is the part of each plane of [C,H,W] that is selected; all when it is left out.
	Box *SelectBox `json:"box,omitempty"`
}

// SliceConfig is the entries Start, Start+Step, ... below Stop, as in Python but without negative numbers.
type SliceConfig struct {
	Start int `json:"start,omitempty"`
	Stop  int `json:"stop,omitempty"` // 0 is the end
	Step  int `json:"step,omitempty"` // 0 is 1
}

// Outline says what a SliceConfig is in JSON.
func (SliceConfig) Outline() string { return "{start: integer, stop: integer, step: integer}" }

// UnmarshalJSON reads the fields; a step of 0 that is written out is refused.
func (s *SliceConfig) UnmarshalJSON(raw []byte) error {
	fields, err := config.Object(raw)
	if err == nil && string(fields["step"]) == "0" {
		return config.Errorf("", "step", "is 0; it must be at least 1, or be left out for 1")
	}
	type plain SliceConfig
	return config.Decode(raw, (*plain)(s))
}

// SelectBox is a rectangle of pixels.
type SelectBox struct {
	Top    int `json:"top"`
	Left   int `json:"left"`
	Height int `json:"height"`
	Width  int `json:"width"`
}

// Kind returns "select".
func (SelectConfig) Kind() string { return "select" }

// Validate names the field that does not fit images of shape in.
func (c SelectConfig) Validate(in autodiff.Shape) error {
	_, _, err := c.order(in)
	return err
}

// Build returns a *Selected for images of shape in. Its measurement is a list [k], or for channels and box an image.
func (c SelectConfig) Build(in autodiff.Shape) (Operator, error) {
	order, out, err := c.order(in)
	if err != nil {
		return nil, err
	}
	o := &Selected{Base: BaseOf(c, in, out), order: order, ones: slices.Repeat([]float64{1}, len(order))}
	taken := make([]bool, in.Size())
	for _, i := range order {
		taken[i] = true
	}
	for i, t := range taken {
		if !t {
			o.order = append(o.order, i)
		}
	}
	return o, nil
}

// order returns the indices that are selected, and the shape of a measurement.
func (c SelectConfig) order(in autodiff.Shape) (order []int, out autodiff.Shape, err error) {
	given := 0
	for _, ok := range []bool{c.Indices != nil, c.Mask.Given(), c.Slice != nil, c.Channels != nil || c.Box != nil} {
		if ok {
			given++
		}
	}
	n := in.Size()
	switch {
	case given != 1:
		return nil, out, config.Errorf("select", "indices, mask, slice, channels", "%d are given where exactly one belongs; box may stand beside channels or alone", given)
	case c.Indices != nil:
		order, err = c.Indices, distinct("indices", c.Indices, n)
	case c.Mask.Given():
		order, err = c.masked(in)
	case c.Slice != nil:
		order, err = c.Slice.indices(n)
	default:
		return c.region(in)
	}
	if err == nil && len(order) == 0 {
		err = config.Errorf("select", "indices, mask, slice, channels", "no entry is selected")
	}
	return slices.Clip(order), autodiff.S(len(order)), err
}

// distinct returns an error for an index outside of [0,n), and for one that is given twice.
func distinct(field string, list []int, n int) error {
	k := config.Check("select")
	k.Ints(field, list, 0, n-1)
	if err := k.Err(); err != nil {
		return err
	}
	seen := make([]bool, n)
	for i, v := range list {
		if seen[v] {
			return config.Errorf("select", field, "entry %d is %d, which was given before; each may be selected once", i, v)
		}
		seen[v] = true
	}
	return nil
}

// masked returns the indices where Mask is 1.
func (c SelectConfig) masked(in autodiff.Shape) (order []int, err error) {
	n, plane := in.Size(), in.Size()
	if in.Rank() == 3 {
		plane = in.Dim(1) * in.Dim(2)
	}
	v, err := valuesOf("select", "mask", c.Mask, false, func(shape []int, _ bool) error {
		if size, ok := config.Size(shape...); !ok || size != n && size != plane {
			return fmt.Errorf("an image %v needs %d numbers, or %d for all channels alike", in, n, plane)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range n {
		switch m := v.Data[i%len(v.Data)]; {
		case m == 1:
			order = append(order, i)
		case m != 0:
			return nil, config.Errorf("select", "mask", "entry %d is %v; it must be 0 or 1", i, m)
		}
	}
	return order, nil
}

// indices returns those of a slice of n entries.
func (s SliceConfig) indices(n int) (order []int, err error) {
	stop, step := s.Stop, s.Step
	if stop == 0 {
		stop = n
	}
	if step == 0 {
		step = 1
	}
	k := config.Check("select")
	k.Int("slice.start", s.Start, 0, n-1)
	k.Int("slice.stop", stop, s.Start+1, n)
	k.Int("slice.step", step, 1, n)
	if err := k.Err(); err != nil {
		return nil, err
	}
	for i := s.Start; i < stop; i += step {
		order = append(order, i)
	}
	return order, nil
}

// region returns the indices of Channels and Box.
func (c SelectConfig) region(in autodiff.Shape) (order []int, out autodiff.Shape, err error) {
	if in.Rank() != 3 || in.Size() == 0 {
		return nil, out, config.Errorf("select", "shape", "channels and box need images [C,H,W], not %v; indices, mask and slice take any", in)
	}
	h, w := in.Dim(1), in.Dim(2)
	channels, b := c.Channels, SelectBox{Height: h, Width: w}
	if channels == nil {
		for i := range in.Dim(0) {
			channels = append(channels, i)
		}
	}
	if err := distinct("channels", channels, in.Dim(0)); err != nil {
		return nil, out, err
	}
	if c.Box != nil {
		b = *c.Box
	}
	switch {
	case len(channels) == 0:
		return nil, out, config.Errorf("select", "channels", "no channel is selected")
	case b.Top < 0 || b.Height < 1 || b.Top > h-b.Height:
		return nil, out, config.Errorf("select", "box.height", "%d rows from row %d on are not inside [0,%d)", b.Height, b.Top, h)
	case b.Left < 0 || b.Width < 1 || b.Left > w-b.Width:
		return nil, out, config.Errorf("select", "box.width", "%d columns from column %d on are not inside [0,%d)", b.Width, b.Left, w)
	}
	for _, ch := range channels {
		for r := range b.Height {
			for q := range b.Width {
				order = append(order, (ch*h+b.Top+r)*w+b.Left+q)
			}
		}
	}
	return order, autodiff.S(len(channels), b.Height, b.Width), nil
}

// Selected takes k entries of an image: A = [I 0] P with a permutation P. U = I, V = P^T, and the singular values are 1.
type Selected struct {
	Base
	order []int // the indices selected, then all others
	ones  []float64
}

// Apply writes the entries selected into dst.
func (o *Selected) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for i := range dst {
		dst[i] = x[o.order[i]]
	}
}

// Adjoint writes y to the entries selected, and zero to all others.
func (o *Selected) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	clear(dst)
	for i, v := range y {
		dst[o.order[i]] = v
	}
}

// PseudoInverse does what Adjoint does.
func (o *Selected) PseudoInverse(dst, y []float64) { o.Adjoint(dst, y) }

// GramDiagonal writes the weight of each entry into dst, and zero where one is not selected.
func (o *Selected) GramDiagonal(dst, w []float64) { o.Adjoint(dst, w) }

// Singular returns k ones.
func (o *Selected) Singular() []float64 { return o.ones }

// V writes c to the entries in the order of the selection, and then to the others.
func (o *Selected) V(dst, c []float64) {
	o.CheckV(dst, c)
	for i, v := range c {
		dst[o.order[i]] = v
	}
}

// Vt undoes V.
func (o *Selected) Vt(dst, x []float64) {
	o.CheckV(dst, x)
	for i, at := range o.order {
		dst[i] = x[at]
	}
}

// U sets dst = c.
func (o *Selected) U(dst, c []float64) {
	o.CheckU(dst, c)
	copy(dst, c)
}

// Ut sets dst = y.
func (o *Selected) Ut(dst, y []float64) { o.U(dst, y) }

func init() { Register(SelectConfig{}) }
