package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/internal/config"
	"tweedie/prior"
	"tweedie/zoo"
)

// shelving holds the flags that say where cards and their files are.
type shelving struct {
	cards []string
	dir   string
}

func zooCommand(o *options) *cobra.Command {
	s := &shelving{}
	c := group("zoo", "Published networks by name: list, fetch, verify", s.listCommand(o), s.infoCommand(o), s.getCommand(o), s.verifyCommand(o))
	c.Long = `Priors inside the program, and cards: what is known of networks that other people trained and published.
A card says where its file comes from, what its licence is, and what was checked. 'get' brings the file here, 'verify'
evaluates it and compares; then --prior NAME takes it. Files keep the licence of their authors.`
	c.Example = "  tweedie zoo list\n  tweedie zoo get cam_mnist_ddpm\n  tweedie zoo verify cam_mnist_ddpm\n  tweedie sample --prior cam_mnist_ddpm --out digits"
	c.PersistentFlags().StringSliceVar(&s.cards, "cards", nil, "folders with cards of your own, besides those in TWEEDIE_ZOO")
	c.PersistentFlags().StringVar(&s.dir, "dir", "", "folder for the files of cards (default: TWEEDIE_CACHE, or tweedie in the user's folder for caches)")
	return c
}

// shelf opens the cards and the cache that the flags name.
func (s *shelving) shelf(o *options) (*zoo.Shelf, error) {
	sh, err := zoo.DefaultShelf(s.cards...)
	if err != nil {
		return nil, err
	}
	o.warn(sh.Skipped)
	if s.dir != "" {
		sh.Cache = s.dir
	}
	return sh, nil
}

// card finds the card of a name.
func (s *shelving) card(o *options, name string) (*zoo.Shelf, *zoo.Card, error) {
	sh, err := s.shelf(o)
	if err != nil {
		return nil, nil, err
	}
	c := sh.Cards[name]
	if c == nil {
		for _, inside := range prior.Names() {
			if name == inside {
				return nil, nil, fmt.Errorf("%s is inside the program; it has no card, and no file to get or verify", name)
			}
		}
		return nil, nil, fmt.Errorf("there is no card named %q%s", echo(name), config.DidYouMean(name, sh.Names(), "; 'tweedie zoo list' lists them"))
	}
	return sh, c, nil
}

func (s *shelving) infoCommand(o *options) *cobra.Command {
	class := noClass
	c := &cobra.Command{Use: "info NAME|FILE", Short: "Everything that a card or a prior says of itself", Args: oneArg("the " + priorUsage),
		RunE: func(cmd *cobra.Command, args []string) error {
			sh, err := s.shelf(o)
			if err != nil {
				return err
			}
			if c := sh.Cards[args[0]]; c != nil {
				return printJSON(cmd.OutOrStdout(), map[string]any{"card": c, "verified": c.Verified(), "file": sh.Find(c)})
			}
			p, err := openPriorOf(args[0], class, nil)
			if err != nil {
				return err
			}
			return printJSON(cmd.OutOrStdout(), map[string]any{"name": p.Name, "summary": p.Summary(), "spec": p.Spec,
				"architecture": p.Info.Architecture, "step": p.Info.Step, "ema": p.Info.EMA, "provenance": p.Info.Provenance})
		}}
	classFlag(c.Flags(), &class)
	return c
}
