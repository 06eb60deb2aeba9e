package zoo

import (
	"fmt"

	"tweedie/checkpoints"
	"tweedie/families"

	"tweedie/prior"
)

// Open returns the prior that name stands for: what prior.Open finds, or a card of DefaultShelf whose file is in the cache.
// For a card without its file the error is an *AbsentError.
func Open(name string, o prior.Options) (*prior.Prior, error) {
	if p, err := openCard(name, o); p != nil || err != nil {
		return p, err
	}
	return prior.Open(name, o)
}

// AbsentError says that the file of a card is not in the cache.
type AbsentError struct{ Name string }

func (e *AbsentError) Error() string {
	return fmt.Sprintf("zoo: the file of card %s is not here; 'tweedie zoo get %s' fetches it", e.Name, e.Name)
}

// Open returns the prior of a card whose file is in the cache. The error is an *AbsentError when the file is not there.
func (s *Shelf) Open(c *Card, o prior.Options) (*prior.Prior, error) {
	path := s.Find(c)
	if path == "" {
		return nil, &AbsentError{c.Name}
	}
	f, err := checkpoints.Open(path)
	if err != nil {
		return nil, fmt.Errorf("zoo: card %s: %w", c.Name, err)
	}
	defer f.Close()
	p, err := c.prior(f, o)
	if err != nil {
		return nil, fmt.Errorf("zoo: card %s: %w", c.Name, err)
	}
	return p, nil
}

// prior is the prior in a file of the card.
func (c *Card) prior(f *checkpoints.File, o prior.Options) (*prior.Prior, error) {
	if c.Config == nil && c.Schedule == nil && c.Extents == nil {
		return prior.FromFile(c.Name, f, o)
	}
	src, schedule, err := c.source()
	if err != nil {
		return nil, err
	}
	src.Raw = o.Raw
	extents := c.Extents
	if o.Extents != nil {
		extents = o.Extents
	}
	return prior.FromOriginal(c.Name, f, src, families.PriorOptions{Extents: extents, Low: c.Range[0], High: c.Range[1], Schedule: schedule, Class: o.Class})
}

// source is the card's network as families.Load takes it.
func (c *Card) source() (s families.Source, schedule string, err error) {
	s.Family = c.Family
	if s.Config, err = text(c.Config); err != nil {
		return s, "", err
	}
	schedule, err = text(c.Schedule)
	return s, schedule, err
}

// openCard is the prior of the card called name, where the folders of TWEEDIE_ZOO or the program have one; nil when not.
func openCard(name string, o prior.Options) (*prior.Prior, error) {
	if !plainName.MatchString(name) {
		return nil, nil
	}
	s, err := DefaultShelf()
	if err != nil {
		return nil, err
	}
	c := s.Cards[name]
	if c == nil {
		return nil, s.skipped(name)
	}
	return s.Open(c, o)
}
