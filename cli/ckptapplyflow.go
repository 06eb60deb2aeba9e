package cli

import (
	"fmt"
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
