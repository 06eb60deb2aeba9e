package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"tweedie/zoo"
)

func zooCommand(o *options) *cobra.Command {
	class := noClass
	info := &cobra.Command{Use: "info NAME|FILE", Short: "Everything that a prior says of itself", Args: oneArg("the name of a prior (see 'tweedie zoo list') or a checkpoint file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := openPriorOf(args[0], class)
			if err != nil {
				return err
			}
			return printJSON(cmd.OutOrStdout(), map[string]any{"name": p.Name, "summary": p.Summary(), "spec": p.Spec,
				"architecture": p.Info.Architecture, "step": p.Info.Step, "ema": p.Info.EMA, "provenance": p.Info.Provenance})
		}}
	classFlag(info.Flags(), &class)
	return group("zoo", "List the priors inside the program",
		&cobra.Command{Use: "list", Short: "One line for each prior", Args: noArgs,
			RunE: func(cmd *cobra.Command, args []string) error {
				var lines []string
				for _, n := range zoo.Names() {
					p, err := zoo.Open(n)
					if err != nil {
						return err
					}
					lines = append(lines, p.Summary())
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), lines)
				}
				for _, l := range lines {
					fmt.Fprintln(cmd.OutOrStdout(), l)
				}
				return nil
			}},
		info)
}

// openPrior is zoo.Open, which proposes the nearest name for one that it does not know.
func openPrior(name string) (*zoo.Prior, error) {
	p, err := zoo.Open(name)
	if near := nearest(name, zoo.Names()); err != nil && errors.Is(err, fs.ErrNotExist) && near != "" {
		return nil, fmt.Errorf("%w; did you mean %s?", err, near)
	}
	return p, err
}
