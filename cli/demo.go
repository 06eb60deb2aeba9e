package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/infer"
	"tweedie/internal/demo"
	"tweedie/problem"
)

// defaultPrior names the embedded prior that commands take when none is named.
var defaultPrior = demo.DefaultPrior

// demoFlags are the flags of demo.
type demoFlags struct {
	demo.Config
	sigma float64
}

func demoCommand(o *options) *cobra.Command {
	f := &demoFlags{}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Restore a real image by three methods; writes an HTML page",
		Long: `Restore a real image by three methods; writes an HTML page.

An image that the embedded prior never saw is measured through a forward model with noise, and
DPnP, DPI and RED-diff restore it from the same numbers. Beside them stand a plain restoration,
and a problem whose answer is known. The task's own noise has a standard deviation of a
twentieth of the range of the pixels (a tenth for images below 16x16).

--image takes a picture of your own: PNG and JPEG files of another size are cut to the prior's
proportions around the centre and resized, arrays must fit. The prior knows what it was trained
on only; the page shows what it makes of anything else.

It takes minutes, and a status line on the terminal says how far it is; 'go run' adds the time to
compile the program, in which nothing is printed.

--full fits a normalising flow in place of the Gaussian of DPI, for about half an hour. Ctrl-C saves
in --out, and the same command goes on.

--images N measures and restores N images, the embedded ones in their order or those of --image,
and makes a table with standard errors. The result of each image is kept in --out; the same
command goes on where it stopped.`,
		Example: `  tweedie demo
  tweedie demo --task inpaint --index 7
  tweedie demo --images 50 --task all --out table`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	fl.StringVar(&f.Out, "out", "demo", "folder for report.html, results.json, PNG and npy files")
	fl.StringVar(&f.Prior, "prior", defaultPrior, priorUsage)
	fl.StringVar(&f.Image, "image", "", "image of your own to measure: PNG, JPEG, npy")
	fl.StringVar(&f.Task, "task", demo.TaskNames[0], strings.Join(demo.TaskNames, ", ")+"; with --images also all")
	fl.StringVar(&f.Methods, "methods", demo.DefaultMethods, "methods, with commas between; there are "+strings.Join(infer.Names(), ", "))
	fl.StringVar(&f.Change, "config", "", `JSON object, or a file with it, with fields of methods to change: {"dpnp":{"rounds":40}}`)
	fl.IntVar(&f.Index, "index", 0, fmt.Sprintf("which of the %d embedded images", demo.CarriedCount))
	fl.IntVar(&f.Samples, "samples", demo.PageSamples, fmt.Sprintf("posterior samples, or restarts, of each method; %d with --images", demo.TableSamples))
	fl.IntVar(&f.Images, "images", 0, "make a table of so many images in place of the page")
	fl.Float64Var(&f.sigma, "sigma", 0, "standard deviation of the noise in place of the task's own, in the units of the pixels")
	fl.BoolVar(&f.Full, "full", false, "fit a normalising flow as DPI's family; resumes")
	fl.BoolVar(&f.SkipToy, "skip-toy", false, "leave out the problem with the known answer")
	return c
}

func (f *demoFlags) run(cmd *cobra.Command, o *options) (err error) {
	prior, err := problem.OpenPrior(problem.Prior{Name: f.Prior})
	if err != nil {
		return err
	}
	f.Seed = o.seed
	if given := cmd.Flags().Changed; given("index") && (given("image") || f.Images != 0) {
		return fmt.Errorf("--index is %d; it names one of the embedded images: leave it out with --image and --images", f.Index)
	}
	if cmd.Flags().Changed("sigma") {
		f.Sigma = &f.sigma
	}
	if f.Images != 0 && !cmd.Flags().Changed("samples") {
		f.Samples = demo.TableSamples
	}
	if err := checkCount("--samples", f.Samples, 2, prior.Shape().Size()); err != nil {
		return err
	}
	if f.Fields, err = jsonFlag("--config", f.Change, `{"dpnp":{"rounds":40}}`); err != nil {
		return err
	}
	read := func(ctx context.Context, path string, most int) ([]float64, int, error) {
		return readImages(ctx, "--image", path, most, prior)
	}
	d, err := demo.New(cmd.Context(), f.Config, prior, demo.Host{Read: read, Follow: follow})
	if err != nil {
		return err
	}
	return f.solve(cmd, o, d)
}

// solve runs a demonstration, puts its files into --out, and prints what it found.
func (f *demoFlags) solve(cmd *cobra.Command, o *options, d demo.Run) (err error) {
	folder, err := beginOut(cmd, "--out", f.Out, d.Files()...)
	if err != nil {
		return err
	}
	defer func() { err = endOut(f.Out, folder, err) }()
	for _, dir := range d.Folders() {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return outError("--out", dir, err)
		}
	}
	out, err := d.Solve(cmd.Context(), folder)
	for _, dir := range d.Folders() {
		kept, e := os.ReadDir(dir)
		o.saved = o.saved || e == nil && len(kept) > 0
	}
	if out == nil {
		return err
	}
	if e := folder.Commit(); e != nil {
		return errors.Join(err, outError("--out", f.Out, e))
	}
	o.saved = true
	if o.json {
		return errors.Join(err, printJSON(cmd.OutOrStdout(), out))
	}
	out.Print(cmd.OutOrStdout())
	return err
}
