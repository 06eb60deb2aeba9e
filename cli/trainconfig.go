package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/internal/config"
	"tweedie/prior/training"
)

// effective reads the config and changes it by the flags, which come last; a flag that replaces a field of the config is
// told on standard error.
func (f *trainFlags) effective(cmd *cobra.Command, seed uint64) (training.Config, error) {
	c := training.Default()
	text, err := jsonFlag("--config", f.config, `{"train":{"batch":32}}`)
	if err != nil {
		return c, err
	}
	if len(text) > 0 {
		if err := config.Decode(text, &c); err != nil {
			return c, fmt.Errorf("--config: %w", err)
		}
	}
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("--config: %w", err)
	}
	before := c
	if f.data == "" {
		return c, errors.New("--data is missing: name a folder or file with images")
	}
	set := cmd.Flags().Changed
	if set("shape") {
		if len(f.shape) != 3 {
			return c, fmt.Errorf("--shape has %d numbers; want channels,rows,columns", len(f.shape))
		}
		c.Data.Shape = [3]int(f.shape)
	}
	if set("resize") {
		if len(f.resize) != 2 {
			return c, fmt.Errorf("--resize has %d numbers; want rows,columns", len(f.resize))
		}
		c.Data.Resize = [2]int(f.resize)
	}
	if set("crop") {
		if len(f.crop) != 2 {
			return c, fmt.Errorf("--crop has %d numbers; want rows,columns", len(f.crop))
		}
		c.Data.Crop = [2]int(f.crop)
	}
	if f.loss != "" {
		text := []byte(f.loss)
		if f.loss[0] != '{' {
			text = fmt.Appendf(nil, `{"kind":%q}`, f.loss)
		}
		if err := config.Decode(text, &c.Loss); err != nil {
			return c, fmt.Errorf("--loss: %w", err)
		}
	}
	if f.steps != 0 {
		c.Train.Steps, c.Train.Images = f.steps, 0
	}
	for flag, take := range map[string]func(){
		"max":          func() { c.Data.Max = f.max },
		"flip":         func() { c.Data.Flip = f.flip },
		"gray":         func() { c.Data.Gray = f.gray },
		"classes":      func() { c.Data.Classes = f.classes },
		"validation":   func() { c.Data.Validation = f.validation },
		"max-pixels":   func() { c.Data.MaxPixels = f.maxPixels },
		"init":         func() { c.Init = f.init },
		"architecture": func() { c.Architecture = f.architecture },
		"freeze":       func() { c.Freeze = f.freeze },
	} {
		if set(flag) {
			take()
		}
	}
	if set("seed") || c.Train.Seed == 0 {
		c.Train.Seed = seed
	}
	for _, note := range overridden(cmd.Flags(), text, before, c) {
		fmt.Fprintln(cmd.ErrOrStderr(), note)
	}
	return c, c.Validate()
}
