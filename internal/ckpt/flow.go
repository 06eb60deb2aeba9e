package ckpt

import (
	"fmt"
	"strings"
	"time"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families/dpi"
	"tweedie/layers"
)

// FlowEvaluation says what a normalising flow takes besides an Evaluation. Arrays are the names of npy files.
type FlowEvaluation struct {
	Z           string // latents [B,D], or one file for each block, separated by commas
	ZOut        string // files for the latents of x, separated by commas
	LogDet      string // file for the log-determinants [B] of the map that was taken
	Mode        string // statistics of batch norms: "eval" for the file's, "train" for this batch's
	Head        string // of a flow of DPI: its generativescale file, which makes samples positive
	ProbeLogDet string // array [B]; sum(logdet*probe-logdet) is added to what is differentiated
}

// Wanted reports whether the fields ask for a flow, or a names a file that holds one.
func (f *FlowEvaluation) Wanted(a *Evaluation) bool {
	switch {
	case f.Z != "" || f.ZOut != "" || f.LogDet != "" || f.Head != "" || f.ProbeLogDet != "":
		return true
	case a.T != "":
		return false
	case a.Family != "":
		return a.Family == string(dpi.DPIRealNVP) || a.Family == string(dpi.DPIGlow)
	}
	file, err := checkpoints.Open(a.Path)
	if err != nil {
		return false
	}
	defer file.Close()
	_, _, err = dpi.RecogniseFlow(file, a.Prefix)
	return err == nil
}

// FlowEvaluated says what the evaluation of a flow came to.
type FlowEvaluated struct {
	Params  int      `json:"parameters"`
	Shape   []int    `json:"shape"`
	Largest float64  `json:"max_abs"`
	Logdet  float64  `json:"mean_logdet"` // in nats
	Load    float64  `json:"load_seconds"`
	Forward float64  `json:"forward_seconds"`
	Files   []string `json:"written"`
}

// String prints the result on two lines.
func (d *FlowEvaluated) String() string {
	return fmt.Sprintf("%d parameters read in %.2f s, evaluated in %.2f s; output %v, largest value %.6g, mean log-determinant %.6g\nwritten: %s\n",
		d.Params, d.Load, d.Forward, d.Shape, d.Largest, d.Logdet, strings.Join(d.Files, ", "))
}

// check says which fields do not go together.
func (f *FlowEvaluation) check(a *Evaluation) error {
	switch {
	case a.Path == "":
		return fmt.Errorf("--checkpoint is missing; name a file")
	case (f.Z == "") == (a.X == ""):
		return fmt.Errorf("the checkpoint is taken for a flow: give --z and --out to draw samples, or --x and --zout for their latents")
	case f.Z != "" && (a.Out == "" || f.ZOut != ""):
		return fmt.Errorf("--z goes with --out, and without --zout")
	case a.X != "" && (f.ZOut == "" || a.Out != ""):
		return fmt.Errorf("--x of a flow goes with --zout, and without --out")
	case f.Mode != "eval" && f.Mode != "train":
		return fmt.Errorf("--mode is %q; want eval or train", f.Mode)
	case (a.Grad == "") != (a.Probe == "" && f.ProbeLogDet == ""):
		return fmt.Errorf("--grad goes with --probe or --probe-logdet; give both or none")
	case a.Grad != "" && f.Z == "":
		return fmt.Errorf("--grad is of samples by their latents; it goes with --z")
	case a.T != "" || a.Labels != "" || a.NHWC:
		return fmt.Errorf("--t, --labels and --nhwc are not for a flow")
	}
	return nil
}

// Run evaluates the flow once and writes the files.
func (f *FlowEvaluation) Run(a *Evaluation) (done *FlowEvaluated, err error) {
	if err := f.check(a); err != nil {
		return nil, err
	}
	start := time.Now()
	net, err := f.network(a)
	if err != nil {
		return nil, err
	}
	load := time.Since(start)
	for flag, paths := range map[string]string{"--zout": f.ZOut, "--grad": a.Grad} {
		if n := len(strings.Split(paths, ",")); paths != "" && n != len(net.Latents) {
			return nil, fmt.Errorf("%s names %d files; the flow has %d, of shapes [B] and %v", flag, n, len(net.Latents), net.Latents)
		}
	}
	flag, paths, shapes := "--z", strings.Split(f.Z, ","), net.Latents
	if f.Z == "" {
		flag, paths, shapes = "--x", []string{a.X}, []autodiff.Shape{net.Data}
	}
	rows, batch, err := gathered(flag, paths, shapes)
	if err != nil {
		return nil, err
	}
	e := flowRun{net: net, rows: rows, batch: batch}
	if err := e.probes(a, f); err != nil {
		return nil, err
	}
	start = time.Now()
	if err := e.evaluate(a, f); err != nil {
		return nil, err
	}
	done = &FlowEvaluated{Params: layers.Count(net.Params()), Load: load.Seconds(), Forward: time.Since(start).Seconds()}
	return done, e.save(a, f, done)
}

// network reads the flow with its weights.
func (f *FlowEvaluation) network(a *Evaluation) (*dpi.Flow, error) {
	file, err := checkpoints.Open(a.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	family, prefix, err := dpi.RecogniseFlow(file, a.Prefix)
	switch {
	case a.Family == "" && err != nil:
		return nil, fmt.Errorf("%q: %w", a.Path, err)
	case a.Family != "" && err != nil:
		family, prefix = string(a.Family), a.Prefix // the table of what does not fit says more
	case a.Family != "" && a.Family != string(family):
		return nil, fmt.Errorf("--family is %s, and the tensors of %q are those of %s", a.Family, a.Path, family)
	}
	text, err := configText(a.Config)
	if err != nil {
		return nil, err
	}
	c, err := dpi.ConfigFlow(file, family, prefix, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", a.Path, err)
	}
	o := dpi.FlowOptions{AllowNonFinite: a.NonFinite}
	if f.Mode == "train" {
		o.Statistics = layers.BatchStatistics
	}
	if f.Head != "" {
		if o.Head, err = checkpoints.Open(f.Head); err != nil {
			return nil, fmt.Errorf("--head: %w", err)
		}
		defer o.Head.Close()
	}
	net, err := dpi.LoadFlow(file, family, prefix, c, o)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", a.Path, err)
	}
	return net, nil
}
