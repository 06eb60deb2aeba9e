package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tweedie/prior"
	"tweedie/zoo"
)

// listed holds one line of zoo list.
type listed struct {
	Name     string `json:"name"`
	About    string `json:"about"`
	Inside   bool   `json:"inside"` // the program; the rest is of cards
	Bytes    int64  `json:"bytes,omitempty"`
	Licence  string `json:"licence,omitempty"`
	Verified bool   `json:"verified"`
	File     string `json:"file,omitempty"` // in the cache
}

func (s *shelving) listCommand(o *options) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "One line for each prior", Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			sh, err := s.shelf(o)
			if err != nil {
				return err
			}
			rows, err := catalogue(sh)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			return printList(cmd.OutOrStdout(), rows)
		}}
}

// catalogue lists the priors inside the program, then the cards of files that can be verified, then the other cards.
func catalogue(sh *zoo.Shelf) (rows []listed, err error) {
	for _, n := range prior.Names() {
		p, err := zoo.Open(n, prior.Options{})
		if err != nil {
			return nil, err
		}
		rows = append(rows, listed{Name: n, About: strings.TrimPrefix(p.Summary(), n+": "), Inside: true, Verified: true})
	}
	for _, verified := range []bool{true, false} {
		for _, n := range sh.Names() {
			c := sh.Cards[n]
			if c.Verified() != verified {
				continue
			}
			r := listed{Name: n, About: c.About, Licence: c.Licence, Verified: verified, File: sh.Find(c)}
			if len(c.Files) > 0 {
				r.Bytes = c.Files[0].Bytes
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// printList prints what is inside or verified and then the rest, in columns. Where they are wider than the terminal, what
// a prior is has a line of its own.
func printList(w io.Writer, rows []listed) error {
	n := slices.IndexFunc(rows, func(r listed) bool { return !r.Verified })
	if n < 0 {
		n = len(rows)
	}
	for _, part := range [][]listed{rows[:n], rows[n:]} {
		if len(part) == 0 {
			continue
		}
		lines, widest := columns(part, true)
		if width := terminalWidth(w); width > 0 && widest > width {
			lines, _ = columns(part, false)
		}
		if _, err := fmt.Fprintln(w, lines); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, "verified: a sha256 and an evaluation tell the right file. 'tweedie zoo get NAME' fetches it, 'tweedie zoo info NAME' says more.")
	return err
}

// columns lays the rows out as lines and returns them with the width of the widest. Unless beside says that it stands
// in the last column, what a prior is takes a line of its own.
func columns(rows []listed, beside bool) (lines string, widest int) {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	about := func(text string) string {
		if beside {
			return "\t" + text
		}
		return ""
	}
	fmt.Fprintf(t, "NAME\tSIZE\tLICENCE\tCHECKED\tHERE%s\n", about("WHAT IT IS"))
	for _, r := range rows {
		size, licence, checked, here := "-", r.Licence, "not verified", "-"
		if r.Bytes > 0 {
			size = fmt.Sprintf("%.1f MB", float64(r.Bytes)/1e6)
		}
		if licence == "" {
			licence = "-"
		}
		if r.Verified {
			checked = "verified"
		}
		switch {
		case r.Inside:
			checked, here = "-", "inside"
		case r.File != "":
			here = "yes"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s%s\n", r.Name, size, licence, checked, here, about(r.About))
	}
	_ = t.Flush() // a Builder takes everything
	i := 0
	for line := range strings.Lines(b.String()) {
		line = strings.TrimRight(line, " \n")
		widest = max(widest, utf8.RuneCountInString(line))
		lines += line + "\n"
		if i > 0 && !beside {
			lines += "    " + rows[i-1].About + "\n"
		}
		i++
	}
	return lines, widest
}

// terminalWidth returns the columns of a terminal, and 0 where w is none.
func terminalWidth(w io.Writer) int {
	if s, ok := w.(*stdout); ok {
		return s.width
	}
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
