package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/unet"
	"tweedie/zoo"
)

// converting are the flags of ckpt convert.
type converting struct {
	source
	out          string
	plain, torch bool
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
A network that predicts noise is described with the schedule it was trained on. With --plain or --torch, write
the tensors only, as they are, as safetensors or as torch.save does.`,
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
	c.Flags().BoolVar(&v.zstd, "zstd", false, "compress")
	c.Flags().StringVar(&v.schedule, "schedule", "", `noise schedule: linear, cosine, or JSON such as {"kind":"ddpm","betas":"linear","steps":1000} (default: the preset's, otherwise linear)`)
	c.Flags().IntSliceVar(&v.size, "size", nil, "extents of the images, such as 256,256 (default: those of training, where the config tells)")
	c.Flags().IntVar(&v.class, "class", -1, "class of the prior, for a network with classes")
	c.Flags().Float64SliceVar(&v.values, "range", []float64{0, 1}, "values of the images that the network sees as -1 and 1")
	return c
}

func (v *converting) run(cmd *cobra.Command) (string, error) {
	if v.plain && v.torch {
		return "", fmt.Errorf("--plain and --torch exclude each other")
	}
	if v.plain || v.torch {
		return v.tensors()
	}
	if len(v.values) != 2 || !(v.values[0] < v.values[1]) {
		return "", fmt.Errorf("--range is %v; want two numbers, low and high", v.values)
	}
	net, err := v.adm()
	if err != nil {
		return "", err
	}
	c := net.Config()
	schedule, err := v.steps(c)
	if err != nil {
		return "", err
	}
	size := v.size
	if size == nil {
		if c.ImageSize == 0 {
			return "", fmt.Errorf("--size is missing; the config does not tell the extents of the images")
		}
		for range c.Dims {
			size = append(size, c.ImageSize)
		}
	}
	var class *int
	switch {
	case c.NumClasses > 0 && (v.class < 0 || v.class >= c.NumClasses):
		return "", fmt.Errorf("--class is %d; the network has %d, numbered from 0: choose the one that the prior is of", v.class, c.NumClasses)
	case c.NumClasses > 0:
		class = &v.class
	case cmd.Flags().Changed("class"):
		return "", fmt.Errorf("--class was given and the network has no classes")
	}
	spec, err := zoo.DescribeADM(c, size, schedule, class, v.values[0], v.values[1])
	if err != nil {
		return "", err
	}
	return v.native(net, spec)
}

// adm is the network of guided diffusion that the flags name.
func (v *converting) adm() (*unet.UNet, error) {
	f, src, err := v.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	family, prefix, err := zoo.Recognise(f, src.Prefix)
	switch {
	case err != nil && src.Family == "":
		return nil, err
	case err != nil:
		prefix = src.Prefix
	case family != zoo.ADM:
		return nil, fmt.Errorf("%q: a network of family %s cannot be converted into a prior", v.path, family)
	}
	c, err := zoo.ConfigADM(f, prefix, src.Config)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", v.path, err)
	}
	net, err := zoo.LoadADM(f, prefix, c, src.NonFinite)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", v.path, err)
	}
	return net, nil
}

// steps is the schedule of --schedule, or the one that c was trained on.
func (v *converting) steps(c unet.Config) (diffusion.DDPMConfig, error) {
	d := diffusion.DefaultDDPM()
	if c.LearnSigma() {
		d.Variance = diffusion.LearnedRange
	}
	switch v.schedule {
	case "":
		if p, err := unet.Preset("64x64_diffusion"); err == nil && p.Hash() == c.Hash() {
			d.Betas = "cosine"
		}
	case "linear", "cosine":
		d.Betas = v.schedule
	default:
		raw, err := jsonFlag("--schedule", v.schedule, `{"kind":"ddpm","steps":1000}`)
		if err != nil {
			return d, err
		}
		if d, err = diffusion.DecodeDDPM(raw); err != nil {
			return d, fmt.Errorf("--schedule: %w", err)
		}
	}
	return d, nil
}

// native writes the network with its description.
func (v *converting) native(net *unet.UNet, spec zoo.Spec) (string, error) {
	info, err := zoo.Describe("unet", spec, map[string]string{"converted": v.path})
	if err != nil {
		return "", err
	}
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
	return fmt.Sprintf("unet, %d tensors, images %v in %v, schedule %s", len(f.Names()), spec.Shape, spec.Range, spec.Predict.Schedule), nil
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
