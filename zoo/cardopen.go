package zoo

import (
	"fmt"

	"tweedie/checkpoints"
)

// AbsentError says that the file of a card is not in the cache.
type AbsentError struct{ Name string }

func (e *AbsentError) Error() string {
	return fmt.Sprintf("zoo: the file of card %s is not here; 'tweedie zoo get %s' fetches it", e.Name, e.Name)
}

// Open returns the prior of a card whose file is in the cache. class is what a class-conditional network sees, and nil
// for a network without classes. The error is an *AbsentError when the file is not there.
func (s *Shelf) Open(c *Card, class *int) (*Prior, error) {
	path := s.Find(c)
	if path == "" {
		return nil, &AbsentError{c.Name}
	}
	f, err := checkpoints.Open(path)
	if err != nil {
		return nil, fmt.Errorf("zoo: card %s: %w", c.Name, err)
	}
	defer f.Close()
	p, err := c.prior(f, class)
	if err != nil {
		return nil, fmt.Errorf("zoo: card %s: %w", c.Name, err)
	}
	return p, nil
}

// prior is the prior in a file of the card.
func (c *Card) prior(f *checkpoints.File, class *int) (*Prior, error) {
	if c.Config == nil && c.Schedule == nil && c.Extents == nil {
		if class != nil {
			return OfClass(c.Name, f, *class)
		}
		return FromFile(c.Name, f)
	}
	src, schedule, err := c.source()
	if err != nil {
		return nil, err
	}
	net, architecture, spec, err := DescribeNetwork(f, src, PriorOptions{Extents: c.Extents, Low: c.Range[0], High: c.Range[1], Schedule: schedule, Class: class})
	if err != nil {
		return nil, err
	}
	info, err := Describe(architecture, spec, map[string]string{"card": c.Name})
	if err != nil {
		return nil, err
	}
	native := &checkpoints.File{}
	if err := native.SetInfo(info); err != nil {
		return nil, err
	}
	if err := native.AddParams("", net.Params()); err != nil {
		return nil, err
	}
	return FromFile(c.Name, native)
}

// source is the card's network as LoadNetwork takes it.
func (c *Card) source() (s Source, schedule string, err error) {
	s.Family = c.Family
	if s.Config, err = text(c.Config); err != nil {
		return s, "", err
	}
	schedule, err = text(c.Schedule)
	return s, schedule, err
}

// openCard is the prior of the card called name, where the folders of TWEEDIE_ZOO or the program have one; nil when not.
func openCard(name string) (*Prior, error) {
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
	return s.Open(c, nil)
}
