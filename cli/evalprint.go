package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/internal/quality"
	"tweedie/report"
)

// present prints the numbers and writes them.
func (f *evalFlags) present(cmd *cobra.Command, o *options, out quality.Outcome) error {
	if f.folder != nil {
		if err := report.SaveJSON(f.folder.Path(), out); err != nil {
			return err
		}
		if err := f.folder.Commit(); err != nil {
			return outError("--out", f.out, err)
		}
	}
	w := cmd.OutOrStdout()
	if o.json {
		return printJSON(w, out)
	}
	_, err := fmt.Fprint(w, out)
	return err
}
