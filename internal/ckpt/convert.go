package ckpt

import (
	"fmt"

	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/input"
	"tweedie/prior"
)

// Conversion asks for a checkpoint in another format.
type Conversion struct {
	Source
	Out       string // file or folder to write
	Plain     bool   // write safetensors with the tensors only
	Torch     bool   // write what torch.load reads, with the tensors only
	Diffusers bool   // write a folder that diffusers reads
	Zstd      bool   // compress
	Schedule  string // noise schedule: linear, cosine, or JSON; "" for the preset's
	Extents   []int  // of the images; nil for those of training
	Class     *int   // of the prior, for a network with classes; nil for none
	Range     []float64
}

// Run writes the network as a native file, which describes itself, or in the format that the fields ask for. It says
// what was written.
func (v *Conversion) Run() (string, error) {
	if v.Diffusers {
		return v.folder()
	}
	if v.Plain && v.Torch {
		return "", fmt.Errorf("--plain and --torch exclude each other")
	}
	if v.Plain || v.Torch {
		return v.tensors()
	}
	if len(v.Range) != 2 || !(v.Range[0] < v.Range[1]) {
		return "", fmt.Errorf("--range is %v; want two numbers, low and high", v.Range)
	}
	d := families.PriorOptions{Extents: v.Extents, Low: v.Range[0], High: v.Range[1], Schedule: v.Schedule, Class: v.Class}
	f, src, err := v.open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	net, architecture, spec, err := families.Describe(f, src, d)
	if err != nil {
		return "", fmt.Errorf("%q: %w", v.Path, err)
	}
	info, err := prior.Info(architecture, spec, map[string]string{"converted": v.Path})
	if err != nil {
		return "", err
	}
	info.Step, info.EMA = families.StateOf(f, src)
	return v.native(net, info, spec)
}

// native writes the network with its description.
func (v *Conversion) native(net families.Original, info checkpoints.Info, spec families.Spec) (string, error) {
	f := &checkpoints.File{}
	if err := f.SetInfo(info); err != nil {
		return "", err
	}
	if err := f.AddParams("", net.Params()); err != nil {
		return "", err
	}
	if err := checkpoints.Save(v.Out, f, checkpoints.SaveOptions{Zstd: v.Zstd}); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %d tensors, images %v in %v, schedule %s", info.Architecture, len(f.Names()), spec.Shape, spec.Range, spec.Predict.Schedule), nil
}

// tensors writes all tensors of the file, or those below the prefix, in their own types.
func (v *Conversion) tensors() (string, error) {
	if v.Path == "" {
		return "", fmt.Errorf("--checkpoint is missing; name a file")
	}
	in, err := checkpoints.Open(v.Path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	part := in.Sub(v.Prefix)
	if len(part.Tensors()) == 0 {
		return "", fmt.Errorf("%q: no tensor has a name that begins with %q", v.Path, v.Prefix)
	}
	f := &checkpoints.File{}
	if err := f.Add(part.Tensors()...); err != nil {
		return "", err
	}
	said := fmt.Sprintf("%d tensors", len(f.Names()))
	if left := part.Unread(); len(left) > 0 {
		said += fmt.Sprintf("; not %s, which cannot be read (ckpt inspect says why)", input.List(left))
	}
	if v.Torch {
		if v.Zstd {
			return "", fmt.Errorf("--zstd: torch does not read it")
		}
		return said, checkpoints.SaveTorch(v.Out, f)
	}
	return said, checkpoints.Save(v.Out, f, checkpoints.SaveOptions{Zstd: v.Zstd})
}
