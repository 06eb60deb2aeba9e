package scoresde

import (
	"tweedie/layers"
	"tweedie/unet"
)

// encode makes the way down, and is the number of channels at its end.
func (b *builder) encode() int {
	m := &b.cfg.Model
	w, pyramid := m.NF, b.cfg.Data.NumChannels
	b.Down(w, unet.NewStem(b.conv(b.module("Conv"), pyramid, w, 3, layers.Init{})))
	for l, mult := range m.ChMult {
		for range m.NumResBlocks {
			parts := []unet.Part{b.res(w, m.NF*mult, "")}
			w = m.NF * mult
			if b.attends(l) {
				parts = append(parts, b.attention(w))
			}
			b.Down(w, b.Run(parts...))
		}
		if l == len(m.ChMult)-1 {
			break
		}
		steps := []unet.Step{b.Run(b.change(w, "down"))}
		switch m.ProgressiveInput {
		case "input_skip":
			t := unet.InputSkip{Down: b.resize(b.apart("Downsample"), pyramid, pyramid, false, false), Cat: m.ProgressiveCombine == "cat"}
			t.Conv = b.conv(b.module("Combine")+".Conv_0", pyramid, w, 1, layers.Init{})
			if t.Cat {
				w *= 2
			}
			steps = append(steps, t)
		case "residual":
			steps = append(steps, unet.ResidualPyramid{Resample: b.resize(b.module("Downsample"), pyramid, w, false, true), Scale: b.scale()})
			pyramid = w
		}
		b.Down(w, steps...)
	}
	return w
}

// change is what changes the resolution "up" or "down" between two levels.
func (b *builder) change(w int, to string) unet.Part {
	if b.cfg.Model.ResblockType == "biggan" {
		return b.res(w, w, to)
	}
	class := map[string]string{"up": "Upsample", "down": "Downsample"}[to]
	return unet.Plain{Layer: b.resize(b.module(class), w, w, to == "up", b.cfg.Model.ResampWithConv)}
}

// decode makes the way up from w channels, and is the number of channels at its end.
func (b *builder) decode(w int) int {
	m := &b.cfg.Model
	pyramid := 0
	for l := len(m.ChMult) - 1; l >= 0; l-- {
		for range m.NumResBlocks {
			b.Up(m.NF*m.ChMult[l], b.Run(b.res(w+b.Skip(), m.NF*m.ChMult[l], "")))
			w = m.NF * m.ChMult[l]
		}
		parts := []unet.Part{b.res(w+b.Skip(), w, "")}
		if b.attends(l) {
			parts = append(parts, b.attention(w))
		}
		steps := []unet.Step{b.Run(parts...)}
		switch {
		case m.Progressive == "output_skip":
			t := unet.OutputPyramid{}
			if pyramid > 0 {
				t.Up = b.resize(b.apart("Upsample"), pyramid, pyramid, true, false)
			}
			pyramid = b.cfg.Data.NumChannels
			t.Head = b.head(w, pyramid, layers.Zero())
			steps = append(steps, t)
		case m.Progressive == "residual" && pyramid == 0:
			steps = append(steps, unet.OutputPyramid{Head: b.head(w, w, layers.Init{})})
			pyramid = w
		case m.Progressive == "residual":
			steps = append(steps, unet.ResidualPyramid{Resample: b.resize(b.module("Upsample"), pyramid, w, true, true), Scale: b.scale()})
			pyramid = w
		}
		if l > 0 {
			steps = append(steps, b.Run(b.change(w, "up")))
		}
		b.Up(w, steps...)
	}
	return w
}
