package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tweedie/checkpoints"
	"tweedie/internal/config"
	"tweedie/internal/input"
)

// echo returns what a user typed, cut to a length that an error can hold.
func echo(text string) string { return input.Excerpt(text, 60) }

// flagError explains a flag that does not exist or has a value of the wrong kind.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bad *pflag.InvalidValueError
	switch {
	case cmd.HasSubCommands() && cmd.Flags().NArg() > 0: // the flags are those of a verb that there is not
		return noSuchVerb(cmd, cmd.Flags().Args())
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		name := "--" + unknown.GetSpecifiedName()
		return fmt.Errorf("%s has no flag %s%s", cmd.CommandPath(), input.Name(echo(name)), config.DidYouMean(name, names, "; '"+cmd.CommandPath()+" --help' lists them"))
	case unknown != nil && twoDashes(cmd, unknown.GetSpecifiedShortnames()) != "":
		return fmt.Errorf("%w; did you mean %s?", err, twoDashes(cmd, unknown.GetSpecifiedShortnames()))
	case errors.As(err, &bad):
		want := map[string]string{"int": "an integer", "int64": "an integer", "uint64": "an integer that is not negative",
			"float64": "a number", "bool": "true or false", "intSlice": "integers with commas between them"}[bad.GetFlag().Value.Type()]
		if errors.Is(err, strconv.ErrRange) {
			want += " that fits in 64 bits"
		}
		if bad.GetFlag().Name == "sigma" && bad.GetValue() == "auto" {
			return errors.New(`--sigma is "auto", which only a problem file takes: write "noise": {"kind": "gaussian", "sigma": "auto"} in one and name it with --problem`)
		}
		return fmt.Errorf("--%s is %q; it must be %s", bad.GetFlag().Name, echo(bad.GetValue()), want)
	}
	return fmt.Errorf("%w; '%s --help' lists the flags", err, cmd.CommandPath())
}

// twoDashes returns the flag that was written with one dash, as -prior is; "" for none. Of -help, h is taken for a flag of its own.
func twoDashes(cmd *cobra.Command, letters string) (flag string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == letters || len(letters) > 1 && f.Name[1:] == letters {
			flag = "--" + f.Name
		}
	})
	return flag
}

// told returns an error as the command prints it: in one line, with nothing that moves the cursor. The report of a fault and
// the table of several tensors that do not fit a network keep their lines.
func told(err error) string {
	text := err.Error()
	if errors.Is(err, errFault) {
		return text
	}
	if e, ok := errors.AsType[*checkpoints.LoadError](err); ok {
		if len(e.Problems) > 1 {
			return text
		}
		text = strings.ReplaceAll(text, e.Error(), e.Line())
	}
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, visible(line))
		}
	}
	return strings.Join(lines, "; ")
}

// noArgs refuses words that are not flags.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 && args[0] == "help" {
		return fmt.Errorf("%s takes flags only; did you mean %s?", cmd.CommandPath(), helpOn(cmd))
	}
	if len(args) > 0 && cmd.Flags().Lookup("problem") != nil && strings.HasSuffix(strings.ToLower(args[0]), ".json") {
		return fmt.Errorf("%s takes flags only; did you mean --problem %s?", cmd.CommandPath(), input.Name(echo(args[0])))
	}
	if len(args) > 0 {
		return fmt.Errorf("%s takes flags only; %q is left over ('%s --help' lists the flags)", cmd.CommandPath(), echo(args[0]), cmd.CommandPath())
	}
	return nil
}

// oneArg demands one word that is not a flag.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s has %d arguments; give %s", cmd.CommandPath(), len(args), what)
		}
		return nil
	}
}
