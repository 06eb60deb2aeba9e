package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/zoo"
)

func (s *shelving) getCommand(o *options) *cobra.Command {
	var f zoo.Fetch
	c := &cobra.Command{Use: "get NAME", Short: "Fetch the file of a card", Args: oneArg("the name of a card; 'tweedie zoo list' lists them"),
		Long: `Fetch the file of a card, by https or from a folder, and keep it when its sha256 is right.
What an interrupted download has brought stays, and the same command goes on from there.
The card of a file that nobody could check has no sha256: give it with --sha256, or take what comes with --unverified.`,
		Example: "  tweedie zoo get cam_mnist_ddpm\n  tweedie zoo get lcv_faces40 --from ~/downloads",
		RunE: func(cmd *cobra.Command, args []string) error {
			sh, c, err := s.card(o, args[0])
			if err != nil {
				return err
			}
			var bar *status
			f.Progress = func(done, total int64) {
				if bar == nil {
					bar = newStatus("kB", int((total+999)/1000))
				}
				bar.set(int(done / 1000))
			}
			o.saved = true // the next get goes on from the part that has come
			path, err := sh.Get(cmd.Context(), c, f)
			if bar != nil {
				bar.done()
			}
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"file": path, "verified": c.Verified(), "licence": c.Licence, "copyright": c.Copyright})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "file: %s\n", path)
			switch {
			case c.Licence != "":
				fmt.Fprintf(cmd.OutOrStdout(), "licence: %s, %s, %s\n", c.Licence, c.Copyright, c.Repository)
			default:
				fmt.Fprintln(cmd.OutOrStdout(), "licence: the card does not know it; see where the file comes from")
			}
			if c.Verified() {
				fmt.Fprintf(cmd.OutOrStdout(), "its sha256 is right; 'tweedie zoo verify %s' evaluates it\n", c.Name)
			}
			return nil
		}}
	c.Flags().StringVar(&f.From, "from", "", "https address, folder or file to take it from (default: the card's address)")
	c.Flags().StringVar(&f.SHA256, "sha256", "", "sha256 that the file must have, for a card without one")
	c.Flags().BoolVar(&f.Unverified, "unverified", false, "take a file that nothing is known of, for a card without a sha256")
	return c
}

func (s *shelving) verifyCommand(o *options) *cobra.Command {
	var file string
	c := &cobra.Command{Use: "verify NAME", Short: "Compare the file of a card with what it must be and compute", Args: oneArg("the name of a card; 'tweedie zoo list' lists them"),
		Long: `Compute the sha256 of the file of a card and evaluate its network at the card's inputs, in float32 by direct
convolutions. The exit code is 0 only when all is right.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			sh, c, err := s.card(o, args[0])
			if err != nil {
				return err
			}
			path := file
			if path == "" {
				path = sh.Find(c)
			}
			if path == "" && c.Verified() {
				return &zoo.AbsentError{Name: c.Name}
			}
			v, err := c.VerifyOn(o.referenceArena(), path)
			if err != nil {
				return err
			}
			if o.json {
				err = printJSON(cmd.OutOrStdout(), v)
			} else {
				printVerification(cmd, c, v)
			}
			switch {
			case err != nil || v.OK:
				return err
			case v.Known == "":
				return fmt.Errorf("%s: this is another file than the card's", c.Name)
			}
			return fmt.Errorf("%s: the network gives other values than the card wants", c.Name)
		}}
	c.Flags().StringVar(&file, "file", "", "file to verify (default: the one that 'tweedie zoo get' brought)")
	return c
}

// printVerification prints what was compared, and how far it is from the card.
func printVerification(cmd *cobra.Command, c *zoo.Card, v zoo.Verification) {
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "file    %s\nsha256  %s", v.File, v.SHA256)
	if v.Known == "" {
		fmt.Fprintln(w, "  wrong; right would be")
		for _, f := range c.Files {
			fmt.Fprintf(w, "        %s  %s\n", f.SHA256, f.Name)
		}
		return
	}
	fmt.Fprintf(w, "  right, %s\n", v.Known)
	for _, k := range v.Checks {
		said := "right"
		if !k.OK {
			said = "wrong"
		}
		fmt.Fprintf(w, "golden  %s: error %.2g of the largest value, tolerance %.0g: %s\n", k.What, k.Error, k.Tolerance, said)
	}
	fmt.Fprintf(w, "wanted values by: %s\n", c.Golden.By)
}
