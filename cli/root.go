package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"tweedie/autodiff"
	"tweedie/internal/build"
	"tweedie/internal/config"
	"tweedie/inverse/external"
	"tweedie/zoo"
)

// options holds the flags that every verb has.
type options struct {
	seed     uint64
	json     bool
	winograd string
	programs bool   // operators may run programs
	stop     func() // ends these programs
	saved    bool   // what a run had reached when it was cut short is on the disk

	stderr io.Writer
	width  int             // columns of the terminal that standard output is; 0 for none
	warned map[string]bool // what warn has said
}

// warn says on standard error, once, what was left out.
func (o *options) warn(left []error) {
	for _, err := range left {
		if text := told(err); !o.warned[text] {
			o.warned[text] = true
			fmt.Fprintln(o.stderr, "warning: left out:", text)
		}
	}
}

// prepare chooses the convolutions of a run, and lets operators run programs where the user does. What the environment asks for in vain is an error.
func (o *options) prepare(cmd *cobra.Command, _ []string) error {
	if o.programs {
		// What an interrupted run has done so far is judged with its operator.
		o.stop = external.Allow(context.WithoutCancel(cmd.Context()))
	}
	if err := autodiff.CheckEnvironment(); err != nil {
		return err
	}
	if os.Getenv("TWEEDIE_ZOO") != "" {
		if sh, err := zoo.DefaultShelf(); err == nil {
			o.warn(sh.Skipped)
		}
	}
	switch o.winograd {
	case "on":
		autodiff.SetDefaultConvolutions(autodiff.Winograd)
	case "off":
		autodiff.SetDefaultConvolutions(autodiff.Direct)
	case "":
	default:
		return fmt.Errorf("--winograd is %q; want on or off", echo(o.winograd))
	}
	return nil
}

// referenceArena returns an arena for numbers that must match another program's: it convolves directly unless --winograd=on.
func (o *options) referenceArena() *autodiff.Arena {
	a := autodiff.NewArena()
	if o.winograd != "on" {
		a.SetConvolutions(autodiff.Direct)
	}
	return a
}

// newRoot makes the command with all its verbs, which read and set o.
func newRoot(o *options) *cobra.Command {
	root := &cobra.Command{
		Use:   "tweedie",
		Short: "Score-based priors for inverse imaging",
		Long: `tweedie trains a score prior on images, draws from it, and turns a measurement into
posterior samples with an honest uncertainty.

Start with
  tweedie demo         three methods on a real image and on a problem with a known answer
  tweedie help solve   how to solve a problem of your own`,
		Version:           build.Version(),
		Args:              noSuchVerb,
		RunE:              func(cmd *cobra.Command, args []string) error { return cmd.Help() },
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: o.prepare,
	}
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().Uint64Var(&o.seed, "seed", 0, "every random number follows from it")
	root.PersistentFlags().BoolVar(&o.json, "json", false, "print results as JSON on standard output")
	root.PersistentFlags().StringVar(&o.winograd, "winograd", "", "on or off: convolve by minimal filtering where that is faster (default on; off for ckpt apply and zoo verify)")
	root.PersistentFlags().BoolVar(&o.programs, "allow-programs", false, "let operators of the kind external run the programs that they name")
	root.AddCommand(demoCommand(o), solveCommand(o), calibrateCommand(o), evidenceCommand(o), opCommand(o), sampleCommand(o), logprobCommand(o), evalCommand(o), trainCommand(o),
		ckptCommand(o), zooCommand(o), planCommand(o), doctorCommand(o), benchCommand(o))
	root.AddCommand(versionCommand(o))
	root.SetHelpCommand(helpCommand())
	root.CompletionOptions.HiddenDefaultCmd = true
	fitHelp(root, o.width)
	return root
}

// noSuchVerb explains a word that is not a verb, and proposes the nearest.
func noSuchVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if args[0] == "help" {
		return fmt.Errorf("%s has no command help; did you mean %s?", cmd.CommandPath(), helpOn(cmd))
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return fmt.Errorf("%s has no command %q%s", cmd.CommandPath(), echo(args[0]), config.DidYouMean(args[0], names, "; '"+cmd.CommandPath()+" --help' lists them"))
}

// group makes a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: noSuchVerb,
		RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() }}
	c.AddCommand(subs...)
	return c
}

// printJSON writes v, indented, with a newline.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
