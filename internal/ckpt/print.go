package ckpt

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tweedie/checkpoints"
)

// Print writes the inspection for people: a line for each tensor and value, and the network.
func (in *Inspection) Print(w io.Writer) {
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
		fmt.Fprintf(w, "network: %s\n", in.Note)
		return
	}
	in.Network.print(w)
}

// print writes what is known of the network.
func (g *Guess) print(w io.Writer) {
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
		fmt.Fprintf(w, "  config %s\n", strings.ReplaceAll(string(g.Config), "\n", "\n  "))
	}
	if len(g.Problems) > 0 {
		fmt.Fprintln(w, &checkpoints.LoadError{Problems: g.Problems})
	}
}

// told writes a value on one line, with texts in quotes.
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

// shortened cuts a text after 400 bytes.
func shortened(s string) string {
	const most = 400
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
