package cli

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/zoo"
)

// gathered is rows [B,D] of the arrays [B,shape] in files, the parts of a row one after the other.
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

// flowEvaluation is a flow, its input rows and probes, and then its results.
type flowEvaluation struct {
	net                 *zoo.Flow
	rows                []float64
	batch               int
	probe, probeLogdet  []float64
	out, logdet, byRows []float64
}

func (e *flowEvaluation) probes(a *applying, f *flowing) (err error) {
	if a.probe != "" {
		batch := 0
		if e.probe, batch, err = gathered("--probe", []string{a.probe}, []autodiff.Shape{e.net.Data}); err != nil {
			return err
		}
		if batch != e.batch {
			return fmt.Errorf("--probe: %q has %d samples; want %d", a.probe, batch, e.batch)
		}
	}
	if f.probeLogdet != "" {
		var dims []int
		if e.probeLogdet, dims, err = array("--probe-logdet", f.probeLogdet); err != nil {
			return err
		}
		if !slices.Equal(dims, []int{e.batch}) {
			return fmt.Errorf("--probe-logdet: %q has shape %v; want [%d]", f.probeLogdet, dims, e.batch)
		}
	}
	return nil
}

func (e *flowEvaluation) evaluate(a *applying, f *flowing) (err error) {
	defer autodiff.Catch(&err)
	s := a.scope()
	defer s.Close()
	in := s.Watch(s.Const64(autodiff.S(e.batch, e.net.Data.Size()), e.rows))
	b := e.net.Bijector()
	run := b.Forward
	if f.z != "" {
		run = b.Inverse
	}
	out, logdet := run(s, in)
	e.out, e.logdet = out.Float64s(), logdet.Float64s()
	if bad := nonFinite(e.out) + nonFinite(e.logdet); bad > 0 && !a.nonFinite {
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

func nonFinite(v []float64) (n int) {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			n++
		}
	}
	return n
}

// save writes the results, and tells done of them.
func (e *flowEvaluation) save(a *applying, f *flowing, done *flown) error {
	paths, shapes := []string{a.out}, []autodiff.Shape{e.net.Data}
	if f.z == "" {
		paths, shapes = strings.Split(f.zout, ","), e.net.Latents
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
		if err := e.scatter(a, strings.Split(a.grad, ","), e.net.Latents, e.byRows, done); err != nil {
			return err
		}
	}
	if f.logdet == "" {
		return nil
	}
	done.Files = append(done.Files, f.logdet)
	return a.saveValues(f.logdet, []int{e.batch}, e.logdet)
}

// scatter writes the parts of rows [B,D] to files [B,shape].
func (e *flowEvaluation) scatter(a *applying, paths []string, shapes []autodiff.Shape, rows []float64, done *flown) error {
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
func (a *applying) saveValues(path string, dims []int, v []float64) error {
	if a.double {
		return checkpoints.SaveNPY(path, checkpoints.FromFloat64("", dims, v))
	}
	single := make([]float32, len(v))
	for i, x := range v {
		single[i] = float32(x)
	}
	return checkpoints.SaveNPY(path, checkpoints.FromFloat32("", dims, single))
}
