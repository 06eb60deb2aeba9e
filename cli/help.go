package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/internal/build"
	"tweedie/internal/kernel"
)

// topicError is the error of help for what it does not know, with the exit code 2.
type topicError struct{ error }

// helpCommand prints the help of the command that its words name.
func helpCommand() *cobra.Command {
	return &cobra.Command{Use: "help [COMMAND]", Short: "What a command does, and its flags",
		RunE: func(cmd *cobra.Command, words []string) error {
			about := cmd.Root()
			for _, word := range words {
				next, _, err := about.Find([]string{word})
				if err != nil || next == about {
					return topicError{noSuchVerb(about, []string{word})}
				}
				about = next
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		}}
}

// helpOn is how to ask for the help of a command.
func helpOn(cmd *cobra.Command) string {
	return "'" + strings.Replace(cmd.CommandPath(), cmd.Root().Name(), cmd.Root().Name()+" help", 1) + "'"
}

// versionCommand says which program this is, for reports of faults.
func versionCommand(o *options) *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Which program this is: version, Go, kernels, commit", Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			about := struct {
				build.Info
				Kernels string `json:"kernels"`
			}{build.Running(), kernel.Path()}
			w := cmd.OutOrStdout()
			if o.json {
				return printJSON(w, about)
			}
			fmt.Fprintf(w, "tweedie %s\ngo       %s, %s\nkernels  %s\n", about.Version, about.Go, about.Platform, about.Kernels)
			if about.Commit != "" {
				changed := ""
				if about.Modified {
					changed = ", with changes"
				}
				fmt.Fprintf(w, "commit   %s of %s%s\n", about.Commit, about.Time, changed)
			}
			return nil
		}}
}

// mostColumns bounds the width of help on a wide terminal, and leastColumns on a narrow one, where it would hold a word a line.
const (
	mostColumns  = 130
	leastColumns = 40
)

// fitHelp breaks the help of a command and of those below it into lines that a terminal of so many columns shows whole; where
// they are not known it stays as it is written.
func fitHelp(c *cobra.Command, columns int) {
	if columns == 0 {
		return
	}
	columns = min(max(columns, leastColumns), mostColumns)
	flags := fmt.Sprintf(".FlagUsagesWrapped %d", columns)
	c.SetUsageTemplate(strings.ReplaceAll(c.UsageTemplate(), ".FlagUsages", flags))
	var fit func(c *cobra.Command)
	fit = func(c *cobra.Command) {
		c.Long = wrapped(c.Long, columns)
		for _, sub := range c.Commands() {
			fit(sub)
		}
	}
	fit(c)
}

// item is a line of a list: a term, and behind spaces what it is.
var item = regexp.MustCompile(`^( +[^ {"]+ {2,})(.*)$`)

// wrapped fills the paragraphs of a text anew where a line of it is longer than so many columns, and the texts of lists beside
// their terms. Other lines that begin with a space, which are examples, stay.
func wrapped(text string, columns int) string {
	longer := func(line string) bool { return len([]rune(line)) > columns }
	if !slices.ContainsFunc(strings.Split(text, "\n"), longer) {
		return text
	}
	var out strings.Builder
	at := 0 // columns of the line that is being filled
	end := func() {
		if at > 0 {
			out.WriteByte('\n')
		}
		at = 0
	}
	fill := func(line, before string) {
		for _, word := range strings.Fields(line) {
			n := len([]rune(word))
			switch {
			case at > len(before) && at+1+n > columns:
				out.WriteString("\n" + before)
				at = len(before)
			case at > len(before):
				out.WriteByte(' ')
				at++
			}
			out.WriteString(word)
			at += n
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		parts := item.FindStringSubmatch(line)
		switch {
		case parts != nil:
			end()
			out.WriteString(parts[1])
			at = len(parts[1])
			fill(parts[2], strings.Repeat(" ", at))
			end()
		case line == "" || line[0] == ' ':
			end()
			out.WriteString(line + "\n")
		default:
			fill(line, "")
		}
	}
	return strings.TrimSuffix(out.String(), "\n")
}
