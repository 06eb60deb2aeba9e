package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
	"tweedie/internal/input"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
	"tweedie/zoo"
)

// inspection is what ckpt inspect prints.
type inspection struct {
	File     string            `json:"file"`
	Format   string            `json:"format"`
	Version  int               `json:"format_version"` // 0: not written by tweedie
	Values   int               `json:"values"`
	Types    []string          `json:"types"`
	Tensors  []tensorLine      `json:"tensors"`
	Others   []valueLine       `json:"others,omitempty"` // values that are not tensors
	Metadata map[string]string `json:"metadata,omitempty"`
	Network  *guess            `json:"network,omitempty"`
}

type tensorLine struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Shape []int  `json:"shape"`
}

type valueLine struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// guess is the network that the tensors seem to be of.
type guess struct {
	Family   zoo.Family            `json:"family"`
	Prefix   string                `json:"prefix"`
	Presets  []string              `json:"presets,omitempty"`
	Config   *unet.ADMConfig       `json:"config,omitempty"`
	Params   int                   `json:"parameters,omitempty"`
	Open     []string              `json:"open,omitempty"` // what neither tensors nor presets tell
	Problems []checkpoints.Problem `json:"problems,omitempty"`
	Note     string                `json:"note,omitempty"`
}

func inspectCommand(o *options) *cobra.Command {
	var config, prefix string
	c := &cobra.Command{Use: "inspect FILE", Short: "What a file holds and which network it seems to be; nothing in it is executed", Args: oneArg("a file"),
		Long: `Print format, tensors, types, what else the file holds, and the network that the tensors seem to be of.
All data are read and checksums compared. With --config, what does not fit that network is listed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := inspect(args[0], config, prefix)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), in)
			}
			in.print(cmd.OutOrStdout())
			return nil
		}}
	c.Flags().StringVar(&config, "config", "", "JSON file or preset: the network that the file should hold")
	c.Flags().StringVar(&prefix, "prefix", "", "what the names of its tensors begin with")
	return c
}

func inspect(path, config, prefix string) (*inspection, error) {
	f, err := checkpoints.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.Verify(); err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	in := &inspection{File: path, Format: f.Format, Version: f.Version(), Metadata: f.Meta, Tensors: []tensorLine{}}
	types := map[string]bool{}
	for _, t := range f.Tensors() {
		in.Values += t.Len()
		types[t.DType.String()] = true
		in.Tensors = append(in.Tensors, tensorLine{t.Name, t.DType.String(), t.Shape})
	}
	if len(in.Tensors) == 0 && f.Version() == 0 {
		return nil, fmt.Errorf("%q: %s, but there is no tensor in it", path, f.Format)
	}
	in.Types = slices.Sorted(maps.Keys(types))
	for _, v := range f.Values {
		in.Others = append(in.Others, valueLine{v.Name, shortened(told(v.V))})
	}
	in.Network, err = recognise(f, config, prefix)
	return in, err
}

// recognise is the network that the tensors seem to be of; nil when they are those of no family, which is an error
// when a config or a prefix says that they should be.
func recognise(f *checkpoints.File, config, prefix string) (*guess, error) {
	text, err := configText(config)
	if err != nil {
		return nil, err
	}
	family, prefix, err := zoo.Recognise(f, prefix)
	switch {
	case family == "" && (text != "" || prefix != ""):
		return nil, err
	case family == "":
		return nil, nil
	case err != nil:
		return &guess{Family: family, Note: err.Error()}, nil
	}
	g := &guess{Family: family, Prefix: prefix}
	switch {
	case !slices.Contains(zoo.Readable(), family):
		g.Note = notReadable(family).Error()
		return g, nil
	case family != zoo.ADM:
		return g, g.compare(f, text)
	}
	found, err := zoo.InferADM(f, prefix)
	switch {
	case text != "":
		c, err := zoo.ConfigADM(f, prefix, text)
		if err != nil {
			return nil, err
		}
		found.Config, found.Open = c, nil
	case err != nil:
		g.Note = err.Error()
		return g, nil
	}
	g.Presets, g.Open, g.Config = found.Presets, found.Open, &found.Config
	net, err := unet.NewADM(layers.Root(rng.New(0)).Blank(), found.Config)
	if err != nil {
		return nil, err
	}
	g.Params = layers.Count(net.Params())
	g.Problems = checkpoints.Match(f, net.Params(), checkpoints.LoadOptions{Prefix: prefix})
	return g, nil
}

// compare adds what a network of any family says about itself and what does not fit it.
func (g *guess) compare(f *checkpoints.File, config string) error {
	net, problems, err := zoo.MatchNetwork(f, zoo.Source{Family: g.Family, Prefix: g.Prefix, Config: config})
	switch {
	case err != nil && config != "":
		return err
	case err != nil:
		g.Note = err.Error()
	default:
		g.Params, g.Problems = layers.Count(net.Params()), problems
	}
	return nil
}

// configText is the text of a config file, or the name of a preset.
func configText(config string) (string, error) {
	if config == "" || slices.Contains(unet.ADMPresets(), config) {
		return config, nil
	}
	raw, err := input.ReadFile(config, input.MaxText)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("--config: %q is neither a file nor a preset; those are %s", config, strings.Join(unet.ADMPresets(), ", "))
	}
	if err == nil && strings.TrimSpace(string(raw)) == "" {
		err = fmt.Errorf("%q is empty", config)
	}
	if err != nil {
		return "", fmt.Errorf("--config: %w", err)
	}
	return string(raw), nil
}

// told is a value on one line; texts are quoted.
func told(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case string:
		return strconv.Quote(v)
	case []byte:
		return fmt.Sprintf("%d bytes", len(v))
	case []any:
		var b strings.Builder
		for i, e := range v {
			if i == 20 {
				fmt.Fprintf(&b, "and %d more", len(v)-i)
				break
			}
			b.WriteString(told(e) + " ")
		}
		return "[" + strings.TrimSpace(b.String()) + "]"
	}
	return fmt.Sprint(v)
}

func shortened(s string) string {
	const most = 400
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

func (in *inspection) print(w io.Writer) {
	fmt.Fprintf(w, "%q: %s, %d tensors, %d values, types %s\n", in.File, in.Format, len(in.Tensors), in.Values, strings.Join(in.Types, " "))
	for _, t := range in.Tensors {
		fmt.Fprintf(w, "  %-5s %-18s %q\n", t.Type, fmt.Sprint(t.Shape), t.Name)
	}
	for _, v := range in.Others {
		fmt.Fprintf(w, "  %q = %s\n", v.Name, v.Value)
	}
	for _, k := range slices.Sorted(maps.Keys(in.Metadata)) {
		fmt.Fprintf(w, "%q: %q\n", k, shortened(in.Metadata[k]))
	}
	if in.Network == nil {
		fmt.Fprintln(w, "network: the names are those of no family that is known")
		return
	}
	in.Network.print(w)
}

func (g *guess) print(w io.Writer) {
	fmt.Fprintf(w, "network: family %s, names begin with %q\n", g.Family, g.Prefix)
	if g.Note != "" {
		fmt.Fprintf(w, "  %s\n", g.Note)
	}
	if g.Params > 0 {
		fmt.Fprintf(w, "  %d parameters\n", g.Params)
	}
	if len(g.Presets) > 0 {
		fmt.Fprintf(w, "  preset %s\n", strings.Join(g.Presets, " or "))
	}
	if len(g.Open) > 0 {
		fmt.Fprintf(w, "  not in the file: %s; give --config\n", strings.Join(g.Open, ", "))
	}
	if g.Config != nil {
		fmt.Fprintf(w, "  config %s\n", strings.ReplaceAll(g.Config.String(), "\n", "\n  "))
	}
	if len(g.Problems) > 0 {
		fmt.Fprintln(w, &checkpoints.LoadError{Problems: g.Problems})
	}
}
