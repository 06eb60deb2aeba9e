package data

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// SizeCount says how many images of a size a set was made of.
type SizeCount struct{ Channels, Height, Width, Images int }

// census counts the shapes of images.
type census struct {
	shape []size          // of each image
	count map[size]int    // of each shape
	first map[size]string // the name of the first image of a shape
}

// add counts an image.
func (c *census) add(have size, name string) {
	if c.count == nil {
		c.count, c.first = map[size]int{}, map[size]string{}
	}
	if c.count[have]++; c.count[have] == 1 {
		c.first[have] = name
	}
	c.shape = append(c.shape, have)
}

// ordered lists the shapes, those of most images first.
func (c *census) ordered() []size {
	var all []size
	for s := range c.count {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b size) int {
		return cmp.Or(cmp.Compare(c.count[b], c.count[a]), cmp.Compare(a.c, b.c), cmp.Compare(a.h, b.h), cmp.Compare(a.w, b.w))
	})
	return all
}

// sizes lists how many images there are of each shape, the most first.
func (c *census) sizes() (all []SizeCount) {
	for _, s := range c.ordered() {
		all = append(all, SizeCount{s.c, s.h, s.w, c.count[s]})
	}
	return all
}

// frame returns the one shape that the images have in a set. Where there are several the error counts them and says what makes
// them one.
func (c *census) frame(o Options) (size, error) {
	framed, channels := map[size]bool{}, map[int]bool{}
	for s := range c.count {
		framed[o.framed(s)], channels[s.c] = true, true
	}
	all := c.ordered()
	if len(framed) == 1 {
		return o.framed(all[0]), nil
	}
	const most = 6
	var parts []string
	for i, s := range all[:min(most, len(all))] {
		part := fmt.Sprintf("%d of %v", c.count[s], s)
		if i > 0 {
			part += fmt.Sprintf(" (first %.200q)", c.first[s])
		}
		parts = append(parts, part)
	}
	if more := len(all) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d shapes more", more))
	}
	var remedy []string
	if len(framed) > len(channels) || len(channels) == 1 {
		remedy = append(remedy, "state the rows and columns that all are brought to (--resize)")
	}
	if len(channels) > 1 {
		remedy = append(remedy, "turn colours into gray (--gray), or leave files of other channels out")
	}
	return size{}, fmt.Errorf("images of %d shapes: %s; %s", len(all), strings.Join(parts, ", "), strings.Join(remedy, ", and "))
}
