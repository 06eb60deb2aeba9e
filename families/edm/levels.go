package edm

import (
	"fmt"

	"tweedie/layers"
	"tweedie/unet"
)

// encode makes the way down, and is the number of channels at its end.
func (b *builder) encode() int {
	k := &b.cfg.Kwargs
	w, pyramid := k.ModelChannels, k.ImgChannels
	for l := range k.ChannelMult {
		if l == 0 {
			if !b.song {
				w = b.width(0)
			}
			b.Down(w, unet.NewStem(b.conv(b.at("enc", 0, "conv"), k.ImgChannels, w, 3)))
		} else {
			steps := []unet.Step{b.Run(b.res(b.at("enc", l, "down"), w, w, "down", false)...)}
			switch k.EncoderType {
			case "skip":
				t := unet.InputSkip{Down: b.resample(b.at("enc", l, "aux_down"), "down")}
				t.Conv = b.conv(b.at("enc", l, "aux_skip"), pyramid, w, 1)
				steps = append(steps, t)
			case "residual":
				steps = append(steps, unet.ResidualPyramid{Resample: b.halve(b.at("enc", l, "aux_residual"), pyramid, w), Scale: layers.SqrtHalf})
				pyramid = w
			}
			b.Down(w, steps...)
		}
		for i := range k.NumBlocks {
			b.Down(b.width(l), b.Run(b.res(b.at("enc", l, fmt.Sprint("block", i)), w, b.width(l), "", b.attends(l))...))
			w = b.width(l)
		}
	}
	return w
}

// decode makes the way up from w channels, and is the number of channels at its end.
func (b *builder) decode(w int) int {
	k := &b.cfg.Kwargs
	for l := b.last(); l >= 0; l-- {
		for i := range k.NumBlocks + 1 {
			attention := b.attends(l) && (!b.song || i == k.NumBlocks)
			steps := []unet.Step{b.Run(b.res(b.at("dec", l, fmt.Sprint("block", i)), w+b.Skip(), b.width(l), "", attention)...)}
			w = b.width(l)
			if i == k.NumBlocks {
				steps = append(steps, b.ends(l, w)...)
			}
			b.Up(w, steps...)
		}
	}
	return w
}

// ends is what follows the blocks of level l on the way up: the pyramid of the output, and the way to the next level.
func (b *builder) ends(l, w int) (steps []unet.Step) {
	if b.cfg.Kwargs.DecoderType == "skip" {
		t := unet.OutputPyramid{}
		if l < b.last() {
			t.Up = b.resample(b.at("dec", l, "aux_up"), "up")
		}
		t.Head = b.head(b.at("dec", l, "aux_norm"), b.at("dec", l, "aux_conv"), w)
		steps = append(steps, t)
	}
	if l > 0 {
		steps = append(steps, b.Run(b.res(b.at("dec", l-1, "up"), w, w, "up", false)...))
	}
	return steps
}
