package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
	"tweedie/zoo"
)

// converting are the flags of ckpt convert.
type converting struct {
	source
	out          string
	plain, torch bool
	diffusers    bool
	zstd         bool
	schedule     string
	size         []int
	class        int
	values       []float64
}

func convertCommand(o *options) *cobra.Command {
	v := &converting{}
	c := &cobra.Command{Use: "convert", Short: "Write a checkpoint in the native format, so that it can be a prior; or its tensors for Python", Args: noArgs,
		Long: `Write the network of a checkpoint as a native file, which describes itself: --prior takes it.
It is described with the schedule it was trained on, which the config tells in most families. With --plain or --torch, write
the tensors only, as they are, as safetensors or as torch.save does; with --diffusers, a UNet2DModel as the folder that diffusers reads.`,
		Example: "  tweedie ckpt convert --checkpoint ffhq_10m.pt --out ffhq.safetensors\n  tweedie sample --prior ffhq.safetensors",
		RunE: func(cmd *cobra.Command, args []string) error {
			if v.out == "" {
				return fmt.Errorf("--out is missing; name a file")
			}
			said, err := v.run(cmd)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), map[string]string{"out": v.out, "holds": said})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\nwritten: %s\n", said, v.out)
			return nil
		}}
	v.flags(c)
	c.Flags().StringVar(&v.out, "out", "", "file to write")
	c.Flags().BoolVar(&v.plain, "plain", false, "write safetensors with the tensors only")
	c.Flags().BoolVar(&v.torch, "torch", false, "write what torch.load reads, with the tensors only")
	c.Flags().BoolVar(&v.diffusers, "diffusers", false, "write a folder that diffusers reads, of a network of its own")
	c.Flags().BoolVar(&v.zstd, "zstd", false, "compress")
	c.Flags().StringVar(&v.schedule, "schedule", "", `noise schedule: linear, cosine, or JSON such as {"kind":"ddpm","betas":"linear","steps":1000} (default: the preset's, otherwise linear)`)
	c.Flags().IntSliceVar(&v.size, "size", nil, "extents of the images, such as 256,256 (default: those of training, where the config tells)")
	c.Flags().IntVar(&v.class, "class", -1, "class of the prior, for a network with classes")
	c.Flags().Float64SliceVar(&v.values, "range", []float64{0, 1}, "lowest and highest value of the images, those of the network's own range: -1 to 1, or 0 to 1")
	return c
}

func (v *converting) run(cmd *cobra.Command) (string, error) {
	if v.diffusers {
		return v.folder()
	}
	if v.plain && v.torch {
		return "", fmt.Errorf("--plain and --torch exclude each other")
	}
	if v.plain || v.torch {
		return v.tensors()
	}
	if len(v.values) != 2 || !(v.values[0] < v.values[1]) {
		return "", fmt.Errorf("--range is %v; want two numbers, low and high", v.values)
	}
	d := zoo.PriorOptions{Extents: v.size, Low: v.values[0], High: v.values[1], Schedule: v.schedule}
	if cmd.Flags().Changed("class") {
		d.Class = &v.class
	}
	if v.schedule != "" && v.schedule != "linear" && v.schedule != "cosine" {
		raw, err := jsonFlag("--schedule", v.schedule, `{"kind":"ddpm","steps":1000}`)
		if err != nil {
			return "", err
		}
		d.Schedule = string(raw)
	}
	f, src, err := v.open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	net, architecture, spec, err := zoo.DescribeNetwork(f, src, d)
	if err != nil {
		return "", fmt.Errorf("%q: %w", v.path, err)
	}
	info, err := zoo.Describe(architecture, spec, map[string]string{"converted": v.path})
	if err != nil {
		return "", err
	}
	info.Step, info.EMA = zoo.StateOf(f, src)
	return v.native(net, info, spec)
}

// native writes the network with its description.
func (v *converting) native(net zoo.ForeignNetwork, info checkpoints.Info, spec zoo.Spec) (string, error) {
	f := &checkpoints.File{}
	if err := f.SetInfo(info); err != nil {
		return "", err
	}
	if err := f.AddParams("", net.Params()); err != nil {
		return "", err
	}
	if err := checkpoints.Save(v.out, f, checkpoints.SaveOptions{Zstd: v.zstd}); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %d tensors, images %v in %v, schedule %s", info.Architecture, len(f.Names()), spec.Shape, spec.Range, spec.Predict.Schedule), nil
}

// tensors writes all tensors of the file, or those below the prefix, in their own types.
func (v *converting) tensors() (string, error) {
	if v.path == "" {
		return "", fmt.Errorf("--checkpoint is missing; name a file")
	}
	in, err := checkpoints.Open(v.path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	part := in.Sub(v.prefix)
	if len(part.Tensors()) == 0 {
		return "", fmt.Errorf("%q: no tensor has a name that begins with %q", v.path, v.prefix)
	}
	f := &checkpoints.File{}
	if err := f.Add(part.Tensors()...); err != nil {
		return "", err
	}
	said := fmt.Sprintf("%d tensors", len(f.Names()))
	if v.torch {
		if v.zstd {
			return "", fmt.Errorf("--zstd: torch does not read it")
		}
		return said, checkpoints.SaveTorch(v.out, f)
	}
	return said, checkpoints.Save(v.out, f, checkpoints.SaveOptions{Zstd: v.zstd})
}
