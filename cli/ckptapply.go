package cli

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/internal/input"
	"tweedie/layers"
	"tweedie/zoo"
)

// applying are the flags of ckpt apply.
type applying struct {
	source
	options                        *options
	x, t, labels, out, probe, grad string
	nhwc, double                   bool
}

func applyCommand(o *options) *cobra.Command {
	a, flow := &applying{options: o}, &flowing{}
	c := &cobra.Command{Use: "apply", Short: "One evaluation of the network in a checkpoint, and its gradient", Args: noArgs,
		Long: `Evaluate the network of a checkpoint once, as the original's forward does, and write its raw output.
With --probe, write the gradient of sum(out*probe) with respect to x too.`,
		Example: "  tweedie ckpt apply --checkpoint model.pt --config config.json --x x.npy --t t.npy --out out.npy",
		RunE: func(cmd *cobra.Command, args []string) error {
			if flow.wanted(a) {
				return flow.report(cmd, o, a)
			}
			done, err := a.run()
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), done)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d parameters read in %.2f s, evaluated in %.2f s; output %v, largest value %.6g\nwritten: %s\n", done.Params, done.Load, done.Forward, done.Shape, done.Largest, a.out)
			if a.grad != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "written: %s\n", a.grad)
			}
			return nil
		}}
	a.flags(c)
	flow.flags(c)
	c.Flags().StringVar(&a.x, "x", "", "input, npy [B,C,H,W]")
	c.Flags().StringVar(&a.t, "t", "", "times as the original's forward takes them, npy [B] or one for all")
	c.Flags().StringVar(&a.labels, "labels", "", "classes, npy: indices [B] or one-hot rows [B,classes]; a row of zeros is no class, where the network knows that")
	c.Flags().StringVar(&a.out, "out", "", "file for the output, npy")
	c.Flags().StringVar(&a.probe, "probe", "", "array of the output's shape, npy")
	c.Flags().StringVar(&a.grad, "grad", "", "file for the gradient of sum(out*probe) by x, npy")
	c.Flags().BoolVar(&a.nhwc, "nhwc", false, "all arrays of images have channels last")
	c.Flags().BoolVar(&a.double, "f64", false, "compute in float64")
	return c
}

// applied is what ckpt apply prints.
type applied struct {
	Params    int     `json:"parameters"`
	Shape     []int   `json:"shape"`
	Largest   float64 `json:"max_abs"` // of the finite values
	NonFinite int     `json:"nonfinite"`
	Load      float64 `json:"load_seconds"`
	Forward   float64 `json:"forward_seconds"`
}

func (a *applying) run() (done *applied, err error) {
	for _, f := range []struct{ flag, path string }{{"--x", a.x}, {"--t", a.t}, {"--out", a.out}} {
		if f.path == "" {
			return nil, fmt.Errorf("%s is missing; name a file", f.flag)
		}
	}
	if (a.probe == "") != (a.grad == "") {
		return nil, fmt.Errorf("--probe and --grad go together; give both or none")
	}
	start := time.Now()
	net, err := a.network()
	if err != nil {
		return nil, err
	}
	load := time.Since(start).Seconds()
	in, err := a.inputs(net)
	if err != nil {
		return nil, err
	}
	done, err = a.evaluate(net, in)
	if err == nil {
		done.Load = load
	}
	return done, err
}

// inputs are the arrays of one evaluation; images in the order of the files.
type inputs struct {
	x, probe []float64
	shape    autodiff.Shape // of x
	t        []float64
	y        zoo.Labels
}

// array reads a file that a flag names.
func array(flag, path string) ([]float64, []int, error) {
	t, err := checkpoints.ReadArray(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", flag, err)
	}
	if t.Complex {
		return nil, nil, fmt.Errorf("%s: %s holds complex numbers of shape %v; want real ones", flag, input.Name(path), t.Shape[:len(t.Shape)-1])
	}
	v, err := t.Float64s()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", flag, err)
	}
	return v, t.Shape, nil
}

func (a *applying) inputs(net zoo.ForeignNetwork) (in inputs, err error) {
	var dims []int
	if in.x, dims, err = array("--x", a.x); err != nil {
		return in, err
	}
	if len(dims) != net.Dims()+2 {
		return in, fmt.Errorf("--x: %q has shape %v; want [B,C] and %d spatial axes", a.x, dims, net.Dims())
	}
	in.shape = autodiff.S(dims...)
	first := in.shape
	if a.nhwc {
		first = permuted(in.shape, channelsFirst(net.Dims()))
	}
	if in.t, dims, err = array("--t", a.t); err != nil {
		return in, err
	}
	batch := in.shape.Dim(0)
	switch n := len(in.t); {
	case n == 1:
		for len(in.t) < batch {
			in.t = append(in.t, in.t[0])
		}
	case n != batch || len(dims) != 1:
		return in, fmt.Errorf("--t: %q has shape %v; want [%d], one time for each sample", a.t, dims, batch)
	}
	if in.y, err = a.conditions(batch); err != nil {
		return in, err
	}
	if err := net.Check(first, in.t, in.y); err != nil {
		if !a.nhwc && net.Check(permuted(in.shape, channelsFirst(net.Dims())), in.t, in.y) == nil {
			return in, fmt.Errorf("%w; with channels last, which --nhwc says, it would fit", a.explained(err))
		}
		return in, a.explained(err)
	}
	if a.probe == "" {
		return in, nil
	}
	want, err := layers.OutShape(func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return net.Forward(s, x, in.t, in.y) }, first)
	if err != nil {
		return in, err
	}
	if in.probe, dims, err = array("--probe", a.probe); err != nil {
		return in, err
	}
	if a.nhwc {
		want = permuted(want, channelsLast(net.Dims()))
	}
	if !slices.Equal(dims, want.Dims(nil)) {
		return in, fmt.Errorf("--probe: %q has shape %v; the output has %v", a.probe, dims, want)
	}
	return in, nil
}

// conditions are the array of --labels, a number or a row for each sample.
func (a *applying) conditions(batch int) (y zoo.Labels, err error) {
	if a.labels == "" {
		return y, nil
	}
	v, dims, err := array("--labels", a.labels)
	switch {
	case err != nil:
	case len(dims) == 1 && dims[0] == batch:
		y.Values = v
	case len(dims) == 2 && dims[0] == batch && dims[1] > 0:
		y.Values, y.Width = v, dims[1]
	default:
		err = fmt.Errorf("--labels: %q has shape %v; want numbers [%d] or rows [%d,...]", a.labels, dims, batch, batch)
	}
	return y, err
}

// explained is err with the flag and the file that it is about.
func (a *applying) explained(err error) error {
	var e *zoo.InputError
	if !errors.As(err, &e) {
		return err
	}
	path := map[string]string{"x": a.x, "t": a.t, "labels": a.labels}[e.Input]
	if path == "" {
		return fmt.Errorf("--%s: %w", e.Input, e.Err)
	}
	return fmt.Errorf("--%s: %q: %w", e.Input, path, e.Err)
}

func channelsFirst(dims int) []int {
	axes := []int{0, dims + 1}
	for i := range dims {
		axes = append(axes, i+1)
	}
	return axes
}

func channelsLast(dims int) []int {
	axes := []int{0}
	for i := range dims {
		axes = append(axes, i+2)
	}
	return append(axes, 1)
}

// permuted is the shape whose axis i is axis axes[i] of sh.
func permuted(sh autodiff.Shape, axes []int) autodiff.Shape {
	out := sh
	for i, a := range axes {
		out = out.With(i, sh.Dim(a))
	}
	return out
}

// scope is where a network with constant weights is evaluated, on a tape where a gradient is asked for.
func (a *applying) scope() *autodiff.Scope {
	mode, dt := autodiff.Eval, autodiff.F32
	if a.grad != "" {
		mode = autodiff.Record
	}
	if a.double {
		dt = autodiff.F64
	}
	s := a.options.referenceArena().Scope(mode, dt)
	s.Freeze()
	return s
}

// evaluate runs the network and writes the files.
func (a *applying) evaluate(net zoo.ForeignNetwork, in inputs) (done *applied, err error) {
	defer autodiff.Catch(&err)
	dims := net.Dims()
	s := a.scope()
	defer s.Close()
	x := s.Watch(s.Const64(in.shape, in.x))
	h := x
	if a.nhwc {
		h = s.Permute(h, channelsFirst(dims)...)
	}
	start := time.Now()
	y := net.Forward(s, h, in.t, in.y)
	forward := time.Since(start).Seconds()
	if a.nhwc {
		y = s.Permute(y, channelsLast(dims)...)
	}
	done = &applied{Shape: y.Shape().Dims(nil), Forward: forward, Params: layers.Count(net.Params())}
	v := y.Float64s()
	for _, e := range v {
		if math.IsNaN(e) || math.IsInf(e, 0) {
			done.NonFinite++
		} else {
			done.Largest = max(done.Largest, math.Abs(e))
		}
	}
	if done.NonFinite > 0 && !a.nonFinite {
		return nil, fmt.Errorf("%d of the %d values of the output are NaN or infinite; with --allow-nonfinite they are written", done.NonFinite, len(v))
	}
	if err := a.save(a.out, y); err != nil {
		return nil, err
	}
	if a.probe != "" {
		var g [1]autodiff.Var
		s.ChildMode(autodiff.Eval).GradLast(s.Dot(y, s.Const64(y.Shape(), in.probe)), []autodiff.Var{x}, g[:])
		err = a.save(a.grad, g[0])
	}
	return done, err
}

// save writes v in its element type.
func (a *applying) save(path string, v autodiff.Var) error {
	dims := v.Shape().Dims(nil)
	if a.double {
		return checkpoints.SaveNPY(path, checkpoints.FromFloat64("", dims, v.Float64s()))
	}
	values := make([]float32, v.Size())
	v.CopyTo32(values)
	return checkpoints.SaveNPY(path, checkpoints.FromFloat32("", dims, values))
}
