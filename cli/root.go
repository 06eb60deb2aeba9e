package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tweedie/internal/config"
	"tweedie/internal/kernel"
)

// options holds the flags that every verb has.
type options struct {
	seed     uint64
	json     bool
	winograd string
}

// directConvolutions marks verbs whose numbers must match another program's: convolutions are direct unless --winograd=on.
var directConvolutions = map[string]string{"convolutions": "direct"}

// prepare chooses the convolutions of a run. Kernels that the environment asks for in vain are an error.
func (o *options) prepare(cmd *cobra.Command, _ []string) error {
	if err := kernel.CheckEnvironment(); err != nil {
		return err
	}
	_, direct := cmd.Annotations["convolutions"]
	switch o.winograd {
	case "on":
		kernel.SetWinograd(true)
	case "off":
		kernel.SetWinograd(false)
	case "":
		if direct {
			kernel.SetWinograd(false)
		}
	default:
		return fmt.Errorf("--winograd is %q; want on or off", o.winograd)
	}
	return nil
}

// newRoot makes the command with all its verbs.
func newRoot() *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:   "tweedie",
		Short: "Score-based priors for inverse imaging",
		Long: `tweedie trains a score prior on images, draws from it, and turns a measurement into
posterior samples with an honest uncertainty.

Start with
  tweedie demo      three methods on a real image and on a problem with a known answer (one minute)`,
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
	root.AddCommand(demoCommand(o), solveCommand(o), sampleCommand(o), logprobCommand(o), evalCommand(o), trainCommand(o),
		ckptCommand(o), zooCommand(o), planCommand(o), doctorCommand(o), benchCommand(o))
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// noSuchVerb explains a word that is not a verb, and proposes the nearest.
func noSuchVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return fmt.Errorf("%s has no command %q%s", cmd.CommandPath(), args[0], config.DidYouMean(args[0], names, "; '"+cmd.CommandPath()+" --help' lists them"))
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
