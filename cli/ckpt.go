package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/families"
	"tweedie/internal/ckpt"
)

func ckptCommand(o *options) *cobra.Command {
	return group("ckpt", "Look into checkpoint files, evaluate their networks, convert them",
		inspectCommand(o), applyCommand(o), convertCommand(o))
}

// sourceFlags declares the flags that name a network in a checkpoint file.
func sourceFlags(c *cobra.Command, s *ckpt.Source) {
	c.Flags().StringVar(&s.Path, "checkpoint", "", "file, of any format that ckpt inspect knows")
	c.Flags().StringVar(&s.Config, "config", "", "JSON file that describes the network, or a preset: "+strings.Join(families.Presets(), ", ")+"; needed when the file does not say it all")
	c.Flags().StringVar(&s.Family, "family", "", "project that the network comes from; recognised by the names of the tensors otherwise")
	c.Flags().StringVar(&s.Prefix, "prefix", "", "what the names of its tensors begin with, when the file holds several networks")
	c.Flags().BoolVar(&s.Raw, "raw-weights", false, "take the weights of training, not their averages, where the file has both")
	c.Flags().BoolVar(&s.NonFinite, "allow-nonfinite", false, "take weights that are NaN or infinite")
}

func inspectCommand(o *options) *cobra.Command {
	var config, prefix string
	c := &cobra.Command{Use: "inspect FILE", Short: "What a file holds and which network it seems to be; nothing in it is executed", Args: oneArg("a file"),
		Long: `Print format, tensors, types, what else the file holds, and the network that the tensors seem to be of.
All data are read and checksums compared. With --config, what does not fit that network is listed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := ckpt.Inspect(args[0], config, prefix)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), in)
			}
			in.Print(cmd.OutOrStdout())
			return nil
		}}
	c.Flags().StringVar(&config, "config", "", "JSON file or preset: the network that the file should hold")
	c.Flags().StringVar(&prefix, "prefix", "", "what the names of its tensors begin with")
	return c
}

func convertCommand(o *options) *cobra.Command {
	v := &ckpt.Conversion{}
	var class int
	c := &cobra.Command{Use: "convert", Short: "Write a checkpoint in the native format, so that it can be a prior; or its tensors for Python", Args: noArgs,
		Long: `Write the network of a checkpoint as a native file, which describes itself: --prior takes it.
It is described with the schedule it was trained on, which the config tells in most families. With --plain or --torch, write
the tensors only, as they are, as safetensors or as torch.save does; with --diffusers, a UNet2DModel as the folder that diffusers reads.`,
		Example: "  tweedie ckpt convert --checkpoint ffhq_10m.pt --out ffhq.safetensors\n  tweedie sample --prior ffhq.safetensors",
		RunE: func(cmd *cobra.Command, args []string) error {
			if v.Out == "" {
				return fmt.Errorf("--out is missing; name a file")
			}
			if cmd.Flags().Changed("class") {
				v.Class = &class
			}
			if err := readSchedule(v); err != nil {
				return err
			}
			said, err := v.Run()
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), map[string]string{"out": v.Out, "holds": said})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\nwritten: %s\n", said, v.Out)
			return nil
		}}
	sourceFlags(c, &v.Source)
	c.Flags().StringVar(&v.Out, "out", "", "file to write")
	c.Flags().BoolVar(&v.Plain, "plain", false, "write safetensors with the tensors only")
	c.Flags().BoolVar(&v.Torch, "torch", false, "write what torch.load reads, with the tensors only")
	c.Flags().BoolVar(&v.Diffusers, "diffusers", false, "write a folder that diffusers reads, of a network of its own")
	c.Flags().BoolVar(&v.Zstd, "zstd", false, "compress")
	c.Flags().StringVar(&v.Schedule, "schedule", "", `noise schedule: linear, cosine, or JSON such as {"kind":"ddpm","betas":"linear","steps":1000} (default: the preset's, otherwise linear)`)
	c.Flags().IntSliceVar(&v.Extents, "size", nil, "extents of the images, such as 256,256 (default: those of training, where the config tells)")
	c.Flags().IntVar(&class, "class", -1, "class of the prior, for a network with classes")
	c.Flags().Float64SliceVar(&v.Range, "range", []float64{0, 1}, "lowest and highest value of the images, those of the network's own range: -1 to 1, or 0 to 1")
	return c
}

// readSchedule replaces the name of a file with a schedule by its text, where the conversion takes one.
func readSchedule(v *ckpt.Conversion) error {
	if v.Diffusers || v.Plain || v.Torch || v.Schedule == "" || v.Schedule == "linear" || v.Schedule == "cosine" {
		return nil
	}
	raw, err := jsonFlag("--schedule", v.Schedule, `{"kind":"ddpm","steps":1000}`)
	v.Schedule = string(raw)
	return err
}
