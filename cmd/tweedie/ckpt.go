package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
)

// inspection is what ckpt inspect prints.
type inspection struct {
	File     string            `json:"file"`
	Format   string            `json:"format"`
	Version  int               `json:"format_version"` // 0: not written by tweedie
	Values   int               `json:"values"`
	Types    []string          `json:"types"`
	Tensors  []tensorLine      `json:"tensors"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

type tensorLine struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Shape []int  `json:"shape"`
}

func ckptCommand(o *options) *cobra.Command {
	return group("ckpt", "Look into checkpoint files",
		&cobra.Command{Use: "inspect FILE", Short: "Format, tensors, types and metadata of a file; nothing in it is executed", Args: oneArg("a file"),
			RunE: func(cmd *cobra.Command, args []string) error {
				in, err := inspect(args[0])
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), in)
				}
				w := cmd.OutOrStdout()
				fmt.Fprintf(w, "%q: %s, %d tensors, %d values, types %s\n", in.File, in.Format, len(in.Tensors), in.Values, strings.Join(in.Types, " "))
				for _, t := range in.Tensors {
					fmt.Fprintf(w, "  %-5s %-18s %q\n", t.Type, fmt.Sprint(t.Shape), t.Name)
				}
				for _, k := range slices.Sorted(maps.Keys(in.Metadata)) {
					v := in.Metadata[k]
					if len(v) > 400 {
						v = v[:400] + "..."
					}
					fmt.Fprintf(w, "%q: %q\n", k, v)
				}
				return nil
			}})
}

func inspect(path string) (*inspection, error) {
	f, err := checkpoints.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := &inspection{File: path, Format: f.Format, Version: f.Version(), Metadata: f.Meta}
	types := map[string]bool{}
	for _, t := range f.Tensors() {
		in.Values += t.Len()
		types[t.DType.String()] = true
		in.Tensors = append(in.Tensors, tensorLine{t.Name, t.DType.String(), t.Shape})
	}
	in.Types = slices.Sorted(maps.Keys(types))
	return in, nil
}
