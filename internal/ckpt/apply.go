package ckpt

import (
	"fmt"
	"math"
	"time"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/layers"
)

// Evaluation asks for one evaluation of the network in a checkpoint. Arrays are the names of npy files.
type Evaluation struct {
	Source
	X      string          // input [B,C,H,W]
	T      string          // times as the original's forward takes them, [B] or one for all
	Labels string          // classes, indices [B] or rows [B,classes]; "" for none
	Out    string          // file to write
	Probe  string          // array of the output's shape; "" for no gradient
	Grad   string          // file for the gradient of sum(out*probe) by x
	NHWC   bool            // all arrays of images have channels last
	Double bool            // compute in float64
	Arena  *autodiff.Arena // where it is computed; nil for a new one
}

// Evaluated says what an evaluation came to.
type Evaluated struct {
	Params    int     `json:"parameters"`
	Shape     []int   `json:"shape"`
	Largest   float64 `json:"max_abs"` // of the finite values
	NonFinite int     `json:"nonfinite"`
	Load      float64 `json:"load_seconds"`
	Forward   float64 `json:"forward_seconds"`
}

// Run evaluates the network and writes the files.
func (a *Evaluation) Run() (done *Evaluated, err error) {
	for _, f := range []struct{ flag, path string }{{"--x", a.X}, {"--t", a.T}, {"--out", a.Out}} {
		if f.path == "" {
			return nil, fmt.Errorf("%s is missing; name a file", f.flag)
		}
	}
	if (a.Probe == "") != (a.Grad == "") {
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

// scope makes a scope for a network with constant weights, on a tape where a gradient is asked for.
func (a *Evaluation) scope() *autodiff.Scope {
	mode, dt := autodiff.Eval, autodiff.F32
	if a.Grad != "" {
		mode = autodiff.Record
	}
	if a.Double {
		dt = autodiff.F64
	}
	if a.Arena == nil {
		a.Arena = autodiff.NewArena()
	}
	s := a.Arena.Scope(mode, dt)
	s.Freeze()
	return s
}

// evaluate runs the network on its inputs and writes the files.
func (a *Evaluation) evaluate(net families.Original, in inputs) (done *Evaluated, err error) {
	defer autodiff.Catch(&err)
	dims := net.Dims()
	s := a.scope()
	defer s.Close()
	x := s.Watch(s.Const64(in.shape, in.x))
	h := x
	if a.NHWC {
		h = s.Permute(h, channelsFirst(dims)...)
	}
	start := time.Now()
	y := net.Forward(s, h, in.t, in.y)
	forward := time.Since(start).Seconds()
	if a.NHWC {
		y = s.Permute(y, channelsLast(dims)...)
	}
	done = &Evaluated{Shape: y.Shape().Dims(nil), Forward: forward, Params: layers.Count(net.Params())}
	v := make([]float64, y.Size())
	y.CopyTo64(v)
	for _, e := range v {
		if math.IsNaN(e) || math.IsInf(e, 0) {
			done.NonFinite++
		} else {
			done.Largest = max(done.Largest, math.Abs(e))
		}
	}
	if done.NonFinite > 0 && !a.NonFinite {
		return nil, fmt.Errorf("%d of the %d values of the output are NaN or infinite; with --allow-nonfinite they are written", done.NonFinite, len(v))
	}
	if err := a.save(a.Out, y); err != nil {
		return nil, err
	}
	if a.Probe != "" {
		var g [1]autodiff.Var
		s.ChildMode(autodiff.Eval).GradLast(s.Dot(y, s.Const64(y.Shape(), in.probe)), []autodiff.Var{x}, g[:])
		err = a.save(a.Grad, g[0])
	}
	return done, err
}

// save writes v in its element type.
func (a *Evaluation) save(path string, v autodiff.Var) error {
	dims := v.Shape().Dims(nil)
	if a.Double {
		values := make([]float64, v.Size())
		v.CopyTo64(values)
		return checkpoints.SaveNPY(path, checkpoints.FromFloat64("", dims, values))
	}
	values := make([]float32, v.Size())
	v.CopyTo32(values)
	return checkpoints.SaveNPY(path, checkpoints.FromFloat32("", dims, values))
}
