package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/layers"
	"tweedie/zoo"
)

// flowing are the flags of ckpt apply that a flow takes besides the others.
type flowing struct {
	z, zout, logdet, mode, head, probeLogdet string
}

func (f *flowing) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.z, "z", "", "of a flow: latents, npy [B,D], or one file for each block, separated by commas")
	c.Flags().StringVar(&f.zout, "zout", "", "of a flow, with --x: files for the latents, separated by commas")
	c.Flags().StringVar(&f.logdet, "logdet", "", "of a flow: file for the log-determinants [B] of the map that was taken, npy")
	c.Flags().StringVar(&f.mode, "mode", "eval", "of a flow: statistics of batch norms, those of the file (eval) or of this batch (train)")
	c.Flags().StringVar(&f.head, "head", "", "of a flow of DPI: its generativescale file, which makes samples positive")
	c.Flags().StringVar(&f.probeLogdet, "probe-logdet", "", "of a flow: array [B], npy; sum(logdet*probe-logdet) is added to what --grad differentiates")
}

// wanted reports whether the flags ask for a flow, or name a file that holds one.
func (f *flowing) wanted(a *applying) bool {
	switch {
	case f.z != "" || f.zout != "" || f.logdet != "" || f.head != "" || f.probeLogdet != "":
		return true
	case a.t != "":
		return false
	case a.family != "":
		return a.family == string(zoo.DPIRealNVP) || a.family == string(zoo.DPIGlow)
	}
	file, err := checkpoints.Open(a.path)
	if err != nil {
		return false
	}
	defer file.Close()
	_, _, err = zoo.RecogniseFlow(file, a.prefix)
	return err == nil
}

// flown is what ckpt apply prints of a flow.
type flown struct {
	Params  int      `json:"parameters"`
	Shape   []int    `json:"shape"`
	Largest float64  `json:"max_abs"`
	Logdet  float64  `json:"mean_logdet"` // in nats
	Load    float64  `json:"load_seconds"`
	Forward float64  `json:"forward_seconds"`
	Files   []string `json:"written"`
}

func (d *flown) String() string {
	return fmt.Sprintf("%d parameters read in %.2f s, evaluated in %.2f s; output %v, largest value %.6g, mean log-determinant %.6g\nwritten: %s\n",
		d.Params, d.Load, d.Forward, d.Shape, d.Largest, d.Logdet, strings.Join(d.Files, ", "))
}

// report runs the flow and prints what came of it.
func (f *flowing) report(cmd *cobra.Command, o *options, a *applying) error {
	done, err := f.run(a)
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(cmd.OutOrStdout(), done)
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), done)
	return err
}

// check says which flags do not go together.
func (f *flowing) check(a *applying) error {
	switch {
	case a.path == "":
		return fmt.Errorf("--checkpoint is missing; name a file")
	case (f.z == "") == (a.x == ""):
		return fmt.Errorf("the checkpoint is taken for a flow: give --z and --out to draw samples, or --x and --zout for their latents")
	case f.z != "" && (a.out == "" || f.zout != ""):
		return fmt.Errorf("--z goes with --out, and without --zout")
	case a.x != "" && (f.zout == "" || a.out != ""):
		return fmt.Errorf("--x of a flow goes with --zout, and without --out")
	case f.mode != "eval" && f.mode != "train":
		return fmt.Errorf("--mode is %q; want eval or train", f.mode)
	case (a.grad == "") != (a.probe == "" && f.probeLogdet == ""):
		return fmt.Errorf("--grad goes with --probe or --probe-logdet; give both or none")
	case a.grad != "" && f.z == "":
		return fmt.Errorf("--grad is of samples by their latents; it goes with --z")
	case a.t != "" || a.labels != "" || a.nhwc:
		return fmt.Errorf("--t, --labels and --nhwc are not for a flow")
	}
	return nil
}

// run evaluates the flow once and writes the files.
func (f *flowing) run(a *applying) (done *flown, err error) {
	if err := f.check(a); err != nil {
		return nil, err
	}
	start := time.Now()
	net, err := f.network(a)
	if err != nil {
		return nil, err
	}
	load := time.Since(start)
	for flag, paths := range map[string]string{"--zout": f.zout, "--grad": a.grad} {
		if n := len(strings.Split(paths, ",")); paths != "" && n != len(net.Latents) {
			return nil, fmt.Errorf("%s names %d files; the flow has %d, of shapes [B] and %v", flag, n, len(net.Latents), net.Latents)
		}
	}
	flag, paths, shapes := "--z", strings.Split(f.z, ","), net.Latents
	if f.z == "" {
		flag, paths, shapes = "--x", []string{a.x}, []autodiff.Shape{net.Data}
	}
	rows, batch, err := gathered(flag, paths, shapes)
	if err != nil {
		return nil, err
	}
	e := flowEvaluation{net: net, rows: rows, batch: batch}
	if err := e.probes(a, f); err != nil {
		return nil, err
	}
	start = time.Now()
	if err := e.evaluate(a, f); err != nil {
		return nil, err
	}
	done = &flown{Params: layers.Count(net.Params()), Load: load.Seconds(), Forward: time.Since(start).Seconds()}
	return done, e.save(a, f, done)
}

// network is the flow that the flags name.
func (f *flowing) network(a *applying) (*zoo.Flow, error) {
	file, err := checkpoints.Open(a.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	family, prefix, err := zoo.RecogniseFlow(file, a.prefix)
	switch {
	case a.family == "" && err != nil:
		return nil, fmt.Errorf("%q: %w", a.path, err)
	case a.family != "" && err != nil:
		family, prefix = zoo.Family(a.family), a.prefix // the table of what does not fit says more
	case a.family != "" && a.family != string(family):
		return nil, fmt.Errorf("--family is %s, and the tensors of %q are those of %s", a.family, a.path, family)
	}
	text, err := configText(a.config)
	if err != nil {
		return nil, err
	}
	c, err := zoo.ConfigFlow(file, family, prefix, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", a.path, err)
	}
	o := zoo.FlowOptions{AllowNonFinite: a.nonFinite}
	if f.mode == "train" {
		o.Statistics = layers.BatchStatistics
	}
	if f.head != "" {
		if o.Head, err = checkpoints.Open(f.head); err != nil {
			return nil, fmt.Errorf("--head: %w", err)
		}
		defer o.Head.Close()
	}
	net, err := zoo.LoadFlow(file, family, prefix, c, o)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", a.path, err)
	}
	return net, nil
}

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
	mode, dt := autodiff.Eval, autodiff.F32
	if a.grad != "" {
		mode = autodiff.Record
	}
	if a.double {
		dt = autodiff.F64
	}
	s := autodiff.NewArena().Scope(mode, dt)
	defer s.Close()
	s.Freeze()
	in := s.Const64(autodiff.S(e.batch, e.net.Data.Size()), e.rows)
	if mode == autodiff.Record {
		in = s.Watch(in)
	}
	b := e.net.Bijector()
	run := b.Forward
	if f.z != "" {
		run = b.Inverse
	}
	out, logdet := run(s, in)
	e.out, e.logdet = host(out), host(logdet)
	if bad := nonFinite(e.out) + nonFinite(e.logdet); bad > 0 && !a.nonFinite {
		return fmt.Errorf("%d of the %d values of the output and its log-determinants are NaN or infinite; with --allow-nonfinite they are written", bad, len(e.out)+len(e.logdet))
	}
	if mode != autodiff.Record {
		return nil
	}
	loss := s.Scalar(0)
	if e.probe != nil {
		loss = s.Add(loss, s.Dot(out, s.Const64(out.Shape(), e.probe)))
	}
	if e.probeLogdet != nil {
		loss = s.Add(loss, s.Dot(logdet, s.Const64(logdet.Shape(), e.probeLogdet)))
	}
	e.byRows = host(s.Grad1(loss, in))
	return nil
}

func host(v autodiff.Var) []float64 {
	out := make([]float64, v.Size())
	v.CopyTo64(out)
	return out
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
