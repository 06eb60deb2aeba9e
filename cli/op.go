package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/internal/config"
	"tweedie/internal/input"
	"tweedie/internal/priors"
	"tweedie/inverse"
	"tweedie/inverse/opcheck"
	"tweedie/problem"
)

func opCommand(o *options) *cobra.Command {
	return group("op", "Forward models: list them, and prove one before time is spent", opCheckCommand(o), opListCommand(o))
}

func opCheckCommand(o *options) *cobra.Command {
	var picture string
	var draws int
	c := &cobra.Command{
		Use:   "check PROBLEM",
		Short: "Prove the forward model and the data of a problem file",
		Long: `Prove the forward model and the data of a problem file: that the adjoint is the transpose, or the
derivative that of the values; norm, condition and rank; the pseudo-inverse, where there is one; and
whether the data are such as the forward model makes of images of the prior, or in other units.
What fails is told with its likely cause, and the exit code is 1. A file without data is tried, too.`,
		Example: `  tweedie op check problem.json
  tweedie op check problem.json --png points.png --draws 64`,
		Args: oneArg("a problem file"),
		RunE: func(cmd *cobra.Command, args []string) error { return checkOperator(cmd, o, args[0], picture, draws) },
	}
	c.Flags().StringVar(&picture, "png", "", "picture to write: three points, what is measured of each, and that taken back by the adjoint")
	c.Flags().IntVar(&draws, "draws", 16, "images of the prior with which the data are compared; 0 for none")
	return c
}

// checked is what op check prints as JSON.
type checked struct {
	Problem string `json:"problem"`
	*opcheck.Report
	OK      bool   `json:"ok"`
	Picture string `json:"png,omitempty"`
}

func checkOperator(cmd *cobra.Command, o *options, path, picture string, draws int) error {
	file, err := problem.Read(path)
	if err != nil {
		return err
	}
	measured := file.Data != nil
	if !measured && file.Simulate == nil {
		file.Simulate = &problem.Simulation{Prior: true}
	}
	if cmd.Flags().Changed("seed") {
		file.Seed = o.seed
	}
	ctx := cmd.Context()
	p, err := leaving(ctx, nil, func() (*problem.Problem, error) { return problem.New(ctx, file) })
	if err != nil {
		return (&solveFlags{problem: path}).named(cmd, err)
	}
	if err := checkCount("--draws", draws, 0, p.Shape.Size()); err != nil {
		return err
	}
	if picture != "" {
		if !strings.HasSuffix(strings.ToLower(picture), ".png") {
			return fmt.Errorf("--png %s: a PNG picture is written; give it a name that ends in .png", input.Name(picture))
		}
		lock, err := prepareFile(cmd, "--png", picture)
		if err != nil {
			return err
		}
		defer func() { _ = lock.Release() }() // nothing is kept in it
	}
	opts := opcheck.Options{Seed: file.Seed}
	if draws > 0 {
		how, err := decodeSampler("heun")
		if err != nil {
			return err
		}
		opts.Draws, err = leaving(ctx, nil, func() ([][]float64, error) {
			return priors.Draw(ctx, p.Prior, p.Prior.Spec.Within(how), file.Seed, draws, min(draws, 16), watch)
		})
		if err != nil {
			return err
		}
	}
	if measured {
		opts.Likelihood = p.Likelihood
	}
	report, err := leaving(ctx, nil, func() (*opcheck.Report, error) { return opcheck.Examine(ctx, p.Operator, opts), ctx.Err() })
	if err != nil {
		return err
	}
	if picture != "" {
		if err := savePoints(picture, p.Operator, report.Responses); err != nil {
			return outError("--png", filepath.Dir(picture), err)
		}
		o.saved = true
	}
	if o.json {
		err = printJSON(cmd.OutOrStdout(), checked{path, report, report.OK(), picture})
	} else {
		printCheck(cmd.OutOrStdout(), path, picture, report)
	}
	if err == nil {
		err = report.Err()
	}
	return err
}

// printCheck prints a line for each check, and below it what is likely to be wrong.
func printCheck(w io.Writer, path, picture string, r *opcheck.Report) {
	fmt.Fprintf(w, "%s: %s, images %v, measurements %v\n", path, r.Operator, r.Image, r.Measurement)
	failed := 0
	for _, c := range r.Checks {
		word := string(c.Status)
		if c.Status == opcheck.Fail {
			word = "FAIL"
			failed++
		}
		fmt.Fprintf(w, "  %-5s %-15s %s\n", word, c.Name, indented(c.Text, 76, 24))
		if c.Cause != "" {
			fmt.Fprintf(w, "%24s%s\n", "", indented("likely cause: "+c.Cause, 76, 24))
		}
	}
	if picture != "" {
		fmt.Fprintf(w, "written: %s\n", picture)
	}
	fmt.Fprintf(w, "%d checks, %d failed\n", len(r.Checks), failed)
}

// indented breaks a text into lines of at most width letters, all but the first indented.
func indented(text string, width, indent int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

func opListCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the kinds of forward model and of noise, with their fields",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			kinds, err := listKinds()
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), kinds)
			}
			for _, k := range kinds {
				fmt.Fprintf(cmd.OutOrStdout(), "%-9s %-15s %s\n", k.What, k.Kind, indented(k.Fields, 76, 26))
			}
			return nil
		},
	}
}

// listedKind is a kind with its fields.
type listedKind struct {
	What   string `json:"what"` // operator or noise
	Kind   string `json:"kind"`
	Fields string `json:"fields"`
}

func listKinds() (list []listedKind, err error) {
	for _, kind := range inverse.Kinds() {
		c, err := inverse.DecodeConfig([]byte(fmt.Sprintf(`{"kind":%q}`, kind)))
		if err != nil {
			return nil, err
		}
		list = append(list, listedKind{"operator", kind, config.Outline(c)})
	}
	for _, kind := range inverse.NoiseKinds() {
		n, err := inverse.DecodeNoise([]byte(fmt.Sprintf(`{"kind":%q}`, kind)))
		if err != nil {
			return nil, err
		}
		list = append(list, listedKind{"noise", kind, config.Outline(n)})
	}
	return list, nil
}
