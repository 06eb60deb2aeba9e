package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"tweedie/internal/config"
	"tweedie/prior/training"
)

// trainField is a field of the config that a flag of train stands for.
type trainField struct {
	path string
	of   func(training.Config) any
}

// trainFieldOf holds the field of every flag that stands for one.
var trainFieldOf = map[string]trainField{
	"shape":      {"data.shape", func(c training.Config) any { return c.Data.Shape }},
	"resize":     {"data.resize", func(c training.Config) any { return c.Data.Resize }},
	"crop":       {"data.crop", func(c training.Config) any { return c.Data.Crop }},
	"max":        {"data.max", func(c training.Config) any { return c.Data.Max }},
	"flip":       {"data.flip", func(c training.Config) any { return c.Data.Flip }},
	"gray":       {"data.gray", func(c training.Config) any { return c.Data.Gray }},
	"classes":    {"data.classes", func(c training.Config) any { return c.Data.Classes }},
	"validation": {"data.validation", func(c training.Config) any { return c.Data.Validation }},
	"max-pixels": {"data.max_pixels", func(c training.Config) any { return c.Data.MaxPixels }},
	"init":       {"init", func(c training.Config) any { return c.Init }},
	"freeze":     {"freeze", func(c training.Config) any { return c.Freeze }},
	"steps":      {"train.steps", func(c training.Config) any { return c.Train.Steps }},
	"seed":       {"train.seed", func(c training.Config) any { return c.Train.Seed }},
}

// overridden says which flags replace a field that the text of --config gives another value. Before is the config of the
// text alone, and after the one with the flags.
func overridden(flags *pflag.FlagSet, text []byte, before, after training.Config) (notes []string) {
	flags.Visit(func(flag *pflag.Flag) {
		field, ok := trainFieldOf[flag.Name]
		if !ok || !gives(text, field.path) {
			return
		}
		if in, out := fmt.Sprint(field.of(before)), fmt.Sprint(field.of(after)); in != out {
			notes = append(notes, fmt.Sprintf("--%s: %s takes the place of %s, which %s is in --config", flag.Name, out, in, field.path))
		}
	})
	return notes
}

// gives reports whether a JSON object holds a value in the field of a path such as "data.flip".
func gives(text []byte, path string) bool {
	first, rest, deeper := strings.Cut(path, ".")
	if len(text) == 0 {
		return false
	}
	object, err := config.Object(text)
	if err != nil {
		return false
	}
	value, ok := object[first]
	if !ok || bytes.Equal(value, json.RawMessage("null")) {
		return false
	}
	return !deeper || gives(value, rest)
}
