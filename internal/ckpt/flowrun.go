package ckpt

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families/dpi"
)

// gathered reads arrays [B,shape] from files into rows [B,D], with the parts of a row one after the other.
func gathered(flag string, paths []string, shapes []autodiff.Shape) (rows []float64, batch int, err error) {
	if len(paths) != len(shapes) {
		return nil, 0, fmt.Errorf("%s names %d files; the flow takes %d, of shapes [B] and %v", flag, len(paths), len(shapes), shapes)
	}
	width := 0
	for _, sh := range shapes {
		width += sh.Size()
	}
	at := 0
	for i, sh := range shapes {
		v, dims, err := array(flag, paths[i])
		if err != nil {
			return nil, 0, err
		}
		size := sh.Size()
		switch {
		case len(dims) == 0 || dims[0] == 0 || len(v) != dims[0]*size || len(dims) != 2 && !slices.Equal(dims[1:], sh.Dims(nil)):
			return nil, 0, fmt.Errorf("%s: %q has shape %v; want a batch [B] of %v, or rows [B,%d]", flag, paths[i], dims, sh, size)
		case i == 0:
			batch = dims[0]
			rows = make([]float64, batch*width)
		case dims[0] != batch:
			return nil, 0, fmt.Errorf("%s: %q has %d samples and %q has %d", flag, paths[i], dims[0], paths[0], batch)
		}
		for b := range batch {
			copy(rows[b*width+at:], v[b*size:(b+1)*size])
		}
		at += size
	}
	return rows, batch, nil
}

// flowRun holds a flow, its input rows and probes, and then its results.
type flowRun struct {
	net                 *dpi.Flow
	rows                []float64
	batch               int
	probe, probeLogdet  []float64
	out, logdet, byRows []float64
}

// probes reads the arrays of the probes that are named.
func (e *flowRun) probes(a *Evaluation, f *FlowEvaluation) (err error) {
	if a.Probe != "" {
		batch := 0
		if e.probe, batch, err = gathered("--probe", []string{a.Probe}, []autodiff.Shape{e.net.Data}); err != nil {
			return err
		}
		if batch != e.batch {
			return fmt.Errorf("--probe: %q has %d samples; want %d", a.Probe, batch, e.batch)
		}
	}
	if f.ProbeLogDet != "" {
		var dims []int
		if e.probeLogdet, dims, err = array("--probe-logdet", f.ProbeLogDet); err != nil {
			return err
		}
		if !slices.Equal(dims, []int{e.batch}) {
			return fmt.Errorf("--probe-logdet: %q has shape %v; want [%d]", f.ProbeLogDet, dims, e.batch)
		}
	}
	return nil
}

// evaluate maps the rows and differentiates by them where a gradient is asked for.
func (e *flowRun) evaluate(a *Evaluation, f *FlowEvaluation) (err error) {
	defer autodiff.Catch(&err)
	s := a.scope()
	defer s.Close()
	in := s.Watch(s.Const64(autodiff.S(e.batch, e.net.Data.Size()), e.rows))
	b := e.net.Bijector()
	run := b.Forward
	if f.Z != "" {
		run = b.Inverse
	}
	out, logdet := run(s, in)
	e.out, e.logdet = out.Float64s(), logdet.Float64s()
	if bad := nonFinite(e.out) + nonFinite(e.logdet); bad > 0 && !a.NonFinite {
		return fmt.Errorf("%d of the %d values of the output and its log-determinants are NaN or infinite; with --allow-nonfinite they are written", bad, len(e.out)+len(e.logdet))
	}
	if !s.Recording() {
		return nil
	}
	loss := s.Scalar(0)
	if e.probe != nil {
		loss = s.Add(loss, s.Dot(out, s.Const64(out.Shape(), e.probe)))
	}
	if e.probeLogdet != nil {
		loss = s.Add(loss, s.Dot(logdet, s.Const64(logdet.Shape(), e.probeLogdet)))
	}
	var g [1]autodiff.Var
	s.ChildMode(autodiff.Eval).GradLast(loss, []autodiff.Var{in}, g[:])
	e.byRows = g[0].Float64s()
	return nil
}

// nonFinite counts the values that are NaN or infinite.
func nonFinite(v []float64) (n int) {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			n++
		}
	}
	return n
}

// save writes the results and records them in done.
func (e *flowRun) save(a *Evaluation, f *FlowEvaluation, done *FlowEvaluated) error {
	paths, shapes := []string{a.Out}, []autodiff.Shape{e.net.Data}
	if f.Z == "" {
		paths, shapes = strings.Split(f.ZOut, ","), e.net.Latents
	}
	done.Shape = append([]int{e.batch}, e.net.Data.Dims(nil)...)
	if len(paths) > 1 {
		done.Shape = []int{e.batch, e.net.Data.Size()} // of all latents
	}
	for _, v := range e.out {
		done.Largest = max(done.Largest, math.Abs(v))
	}
	for _, v := range e.logdet {
		done.Logdet += v / float64(e.batch)
	}
	if err := e.scatter(a, paths, shapes, e.out, done); err != nil {
		return err
	}
	if e.byRows != nil {
		if err := e.scatter(a, strings.Split(a.Grad, ","), e.net.Latents, e.byRows, done); err != nil {
			return err
		}
	}
	if f.LogDet == "" {
		return nil
	}
	done.Files = append(done.Files, f.LogDet)
	return a.saveValues(f.LogDet, []int{e.batch}, e.logdet)
}

// scatter writes the parts of rows [B,D] to files [B,shape].
func (e *flowRun) scatter(a *Evaluation, paths []string, shapes []autodiff.Shape, rows []float64, done *FlowEvaluated) error {
	width, at := len(rows)/e.batch, 0
	for i, sh := range shapes {
		size := sh.Size()
		part := make([]float64, 0, e.batch*size)
		for b := range e.batch {
			part = append(part, rows[b*width+at:b*width+at+size]...)
		}
		at += size
		done.Files = append(done.Files, paths[i])
		if err := a.saveValues(paths[i], append([]int{e.batch}, sh.Dims(nil)...), part); err != nil {
			return err
		}
	}
	return nil
}

// saveValues writes v in the element type of the computation.
func (a *Evaluation) saveValues(path string, dims []int, v []float64) error {
	if a.Double {
		return checkpoints.SaveNPY(path, checkpoints.FromFloat64("", dims, v))
	}
	single := make([]float32, len(v))
	for i, x := range v {
		single[i] = float32(x)
	}
	return checkpoints.SaveNPY(path, checkpoints.FromFloat32("", dims, single))
}
