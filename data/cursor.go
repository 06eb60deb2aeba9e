package data

import (
	"encoding/binary"
	"errors"
	"fmt"

	"tweedie/rng"
)

// CursorConfig says how a Cursor draws.
type CursorConfig struct {
	Batch int    // images in a batch
	Flip  bool   // mirror half of the images left to right, at random
	Crop  [2]int // rows, columns cut at a random place; 0, 0 for none
}

// Cursor goes through a set, image by image, in a new order each epoch. Batches are always full: one may hold the last
// images of an epoch and the first of the next. It is for one goroutine.
type Cursor struct {
	set   Set
	cfg   CursorConfig
	from  size
	to    size
	key   rng.Key
	epoch int
	at    int   // images of this epoch that were drawn
	order []int // of this epoch
	image []float32
}

// NewCursor returns a cursor at the beginning of epoch 0; the error names the field of cfg that does not fit.
func NewCursor(s Set, cfg CursorConfig, key rng.Key) (*Cursor, error) {
	c, h, w := s.Shape()
	from := size{c, h, w}
	to := from
	if cfg.Crop != [2]int{} {
		to.h, to.w = cfg.Crop[0], cfg.Crop[1]
	}
	switch {
	case s.Len() == 0:
		return nil, errors.New("data: the set is empty")
	case cfg.Batch <= 0:
		return nil, fmt.Errorf("data: Batch = %d, want at least 1", cfg.Batch)
	case to.h <= 0 || to.w <= 0 || to.h > h || to.w > w:
		return nil, fmt.Errorf("data: a crop (--crop) of %v of images of %d x %d", cfg.Crop, h, w)
	}
	cur := &Cursor{set: s, cfg: cfg, from: from, to: to, key: key, image: make([]float32, from.pixels())}
	cur.shuffle()
	return cur, nil
}

func (c *Cursor) shuffle() { c.order = c.key.Split("epoch", c.epoch).Stream().Perm(c.set.Len()) }

// Shape returns the shape [B,C,H,W] of a batch.
func (c *Cursor) Shape() (b, ch, h, w int) { return c.cfg.Batch, c.to.c, c.to.h, c.to.w }

// Epoch returns the number of the epoch, from 0, to which the image drawn last belongs. It goes up when the first image
// of the next epoch is drawn.
func (c *Cursor) Epoch() int { return c.epoch }

// Seen returns the number of images drawn since the beginning.
func (c *Cursor) Seen() int { return c.epoch*c.set.Len() + c.at }

// Next fills dst, [B,C,H,W], with the next batch, and labels, [B] or nil, with the images' labels, -1 for none. After
// an error the cursor is where it was. It panics when a length is wrong.
func (c *Cursor) Next(dst []float32, labels []int) error {
	n := c.to.pixels()
	if len(dst) != c.cfg.Batch*n || labels != nil && len(labels) != c.cfg.Batch {
		panic(fmt.Sprintf("data: Next into %d values and %d labels, want a batch of %d images %v", len(dst), len(labels), c.cfg.Batch, c.to))
	}
	epoch, at, order := c.epoch, c.at, c.order
	for b := range c.cfg.Batch {
		if c.at == len(c.order) {
			c.epoch, c.at = c.epoch+1, 0
			c.shuffle()
		}
		label, err := c.draw(dst[b*n : (b+1)*n])
		if err != nil {
			c.epoch, c.at, c.order = epoch, at, order
			return err
		}
		if labels != nil {
			labels[b] = label
		}
	}
	return nil
}

// draw reads the image at the cursor, cut and flipped by the bits of a key of its own.
func (c *Cursor) draw(dst []float32) (int, error) {
	label, err := c.set.Read(c.order[c.at], c.image)
	if err != nil {
		return 0, err
	}
	k := c.key.Split("augment", c.Seen())
	u := func(i, n int) int { // uniform in 0..n-1 up to n 2^-64
		return int(binary.LittleEndian.Uint64(k[8*i:]) % uint64(n))
	}
	y, x := u(0, c.from.h-c.to.h+1), u(1, c.from.w-c.to.w+1)
	window(dst, c.image, c.from, c.to, y, x, c.cfg.Flip && u(2, 2) == 1)
	c.at++
	return label, nil
}

const cursorMagic = "data.Cursor/1\n"

// MarshalBinary returns the state of the cursor: key, epoch, position, and the length of the set, which UnmarshalBinary
// compares.
func (c *Cursor) MarshalBinary() ([]byte, error) {
	b := append([]byte(cursorMagic), c.key[:]...)
	for _, v := range []int{c.epoch, c.at, c.set.Len()} {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b, nil
}

// UnmarshalBinary moves a cursor, made by NewCursor over the same set, to where another was when MarshalBinary was
// called. Its CursorConfig stays; with an equal one it goes on bit for bit. It returns an error for the state of a set
// of another length.
func (c *Cursor) UnmarshalBinary(state []byte) error {
	if len(state) != len(cursorMagic)+32+24 || string(state[:len(cursorMagic)]) != cursorMagic {
		return errors.New("data: this is not the state of a cursor")
	}
	if c.set == nil {
		return errors.New("data: a cursor needs its set first: make it with NewCursor")
	}
	state = state[len(cursorMagic):]
	var v [3]int
	for i := range v {
		v[i] = int(binary.LittleEndian.Uint64(state[32+8*i:]))
	}
	epoch, at, n := v[0], v[1], v[2]
	switch {
	case n != c.set.Len():
		return fmt.Errorf("data: the state is of a set of %d images, this one has %d", n, c.set.Len())
	case epoch < 0 || at < 0 || at > n:
		return fmt.Errorf("data: the state is at image %d of epoch %d", at, epoch)
	}
	c.key, c.epoch, c.at = rng.Key(state[:32]), epoch, at
	c.shuffle()
	return nil
}
