package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// nearest is the candidate that differs from word by the fewest letters, "" when none is near.
func nearest(word string, candidates []string) string {
	best, least := "", 2+len(word)/4
	for _, c := range candidates {
		if d := letters(word, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// letters is the number of letters to insert, delete, replace or swap with their neighbour to get from a to b.
func letters(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := range len(a) {
		before, last, row := rows[0], rows[1], rows[2]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		rows = [3][]int{last, row, before}
	}
	return rows[1][len(b)]
}

// didYouMean is "; did you mean X?", or otherwise where nothing is near.
func didYouMean(word string, candidates []string, otherwise string) string {
	if n := nearest(word, candidates); n != "" {
		return "; did you mean " + n + "?"
	}
	return otherwise
}

// flagError explains a flag that does not exist or has a value of the wrong kind.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1:
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		name := "--" + unknown.GetSpecifiedName()
		return fmt.Errorf("%s has no flag %s%s", cmd.CommandPath(), name, didYouMean(name, names, "; '"+cmd.CommandPath()+" --help' lists them"))
	case errors.As(err, &bad):
		want := map[string]string{"int": "an integer", "int64": "an integer", "uint64": "an integer that is not negative",
			"float64": "a number", "bool": "true or false", "intSlice": "integers with commas between them"}[bad.GetFlag().Value.Type()]
		if errors.Is(err, strconv.ErrRange) {
			want += " that fits in 64 bits"
		}
		return fmt.Errorf("--%s is %q; it must be %s", bad.GetFlag().Name, bad.GetValue(), want)
	}
	return fmt.Errorf("%w; '%s --help' lists the flags", err, cmd.CommandPath())
}

// noArgs refuses words that are not flags.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes flags only; %q is left over ('%s --help' lists the flags)", cmd.CommandPath(), args[0], cmd.CommandPath())
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

// jsonError says of an error in decoding JSON onto target, a struct, in a user's words what is wrong and what would
// be right. A nil target has no fields to propose.
func jsonError(err error, target any) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		where := "the value"
		if kind.Field != "" {
			where = fmt.Sprintf("field %q", kind.Field)
		}
		return errors.New(strings.Replace(text, kind.Error(), fmt.Sprintf("%s is a JSON %s; it must be %s", where, kind.Value, jsonKind(kind.Type)), 1))
	}
	text = strings.Replace(text, "unexpected end of JSON input", "the JSON text ends too early", 1)
	text = strings.Replace(text, "unexpected EOF", "the JSON text ends too early", 1)
	const mark = `json: unknown field "`
	if i := strings.Index(text, mark); i >= 0 {
		field, _, _ := strings.Cut(text[i+len(mark):], `"`)
		return fmt.Errorf("%sfield %q is unknown%s", text[:i], field, proposeField(field, target))
	}
	return errors.New(text)
}

func proposeField(field string, target any) string {
	if target == nil {
		return ""
	}
	fields := jsonFields(reflect.TypeOf(target), "")
	for _, f := range fields {
		if f == field || strings.HasSuffix(f, "."+field) {
			return "; it belongs elsewhere, as " + f
		}
	}
	var last []string
	for _, f := range fields {
		last = append(last, f[strings.LastIndexByte(f, '.')+1:])
	}
	if n := nearest(field, last); n != "" {
		return "; did you mean " + fields[slices.Index(last, n)] + "?"
	}
	return "; there are " + strings.Join(fields, ", ")
}

// jsonFields are the names of a struct's fields in JSON, those of structs inside with dots.
func jsonFields(t reflect.Type, prefix string) (names []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		names = append(names, prefix+name)
		names = append(names, jsonFields(t.Field(i).Type, prefix+name+".")...)
	}
	return names
}

func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "an integer"
	case reflect.Float64, reflect.Float32:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	}
	return "an object"
}
