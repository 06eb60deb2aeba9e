package unet

import "tweedie/layers"

// encode makes the way down, and is the number of channels at its end.
func (b *sdeBuilder) encode() int {
	m := &b.cfg.Model
	w, pyramid := m.NF, b.cfg.Data.NumChannels
	b.down(w, newStem(b.conv(b.module("Conv"), pyramid, w, 3, layers.Init{})))
	for l, mult := range m.ChMult {
		for range m.NumResBlocks {
			parts := []images{b.res(w, m.NF*mult, "")}
			w = m.NF * mult
			if b.attends(l) {
				parts = append(parts, b.attention(w))
			}
			b.down(w, b.run(parts...))
		}
		if l == len(m.ChMult)-1 {
			break
		}
		steps := []step{b.run(b.change(w, "down"))}
		switch m.ProgressiveInput {
		case "input_skip":
			t := inputSkip{down: b.resize(b.apart("Downsample"), pyramid, pyramid, false, false), cat: m.ProgressiveCombine == "cat"}
			t.conv = b.conv(b.module("Combine")+".Conv_0", pyramid, w, 1, layers.Init{})
			if t.cat {
				w *= 2
			}
			steps = append(steps, t)
		case "residual":
			steps = append(steps, residualPyramid{b.resize(b.module("Downsample"), pyramid, w, false, true), b.scale()})
			pyramid = w
		}
		b.down(w, steps...)
	}
	return w
}

// change is what changes the resolution "up" or "down" between two levels.
func (b *sdeBuilder) change(w int, to string) images {
	if b.cfg.Model.ResblockType == "biggan" {
		return b.res(w, w, to)
	}
	class := map[string]string{"up": "Upsample", "down": "Downsample"}[to]
	return plain{b.resize(b.module(class), w, w, to == "up", b.cfg.Model.ResampWithConv)}
}

// decode makes the way up from w channels, and is the number of channels at its end.
func (b *sdeBuilder) decode(w int) int {
	m := &b.cfg.Model
	pyramid := 0
	for l := len(m.ChMult) - 1; l >= 0; l-- {
		for range m.NumResBlocks {
			b.up(b.run(b.res(w+b.skip(), m.NF*m.ChMult[l], "")))
			w = m.NF * m.ChMult[l]
		}
		parts := []images{b.res(w+b.skip(), w, "")}
		if b.attends(l) {
			parts = append(parts, b.attention(w))
		}
		steps := []step{b.run(parts...)}
		switch {
		case m.Progressive == "output_skip":
			t := outputPyramid{}
			if pyramid > 0 {
				t.up = b.resize(b.apart("Upsample"), pyramid, pyramid, true, false)
			}
			pyramid = b.cfg.Data.NumChannels
			t.head = b.head(w, pyramid, layers.Zero())
			steps = append(steps, t)
		case m.Progressive == "residual" && pyramid == 0:
			steps = append(steps, outputPyramid{head: b.head(w, w, layers.Init{})})
			pyramid = w
		case m.Progressive == "residual":
			steps = append(steps, residualPyramid{b.resize(b.module("Upsample"), pyramid, w, true, true), b.scale()})
			pyramid = w
		}
		if l > 0 {
			steps = append(steps, b.run(b.change(w, "up")))
		}
		b.up(steps...)
	}
	return w
}
