package families

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// Inserter is a Network that takes blocks of somebody's behind its stages.
type Inserter interface {
	Network
	// Places lists where.
	Places() []unet.Place
	// Embedding returns the width of the embedding of labels and classes that blocks see, 0 for none.
	Embedding() int
	// Insert puts b behind a place; see unet.Trunk.Insert.
	Insert(at string, b unet.Block) error
}

// Insertion says which block stands behind which place of a network. A Spec lists them, so that a native file opens with its
// blocks in any program that registers their kinds.
type Insertion struct {
	At     string          `json:"at"`   // one of Places
	Kind   string          `json:"kind"` // as in RegisterBlock
	Config json.RawMessage `json:"config,omitempty"`
}

// BlockBuilder makes a block of a kind from its config, for images with so many channels and an embedding of a width, with
// parameters named and seeded by the path.
type BlockBuilder func(config json.RawMessage, channels, embedding int, at layers.Path) (unet.Block, error)

var blocks struct {
	sync.RWMutex
	kinds map[string]BlockBuilder
}

// RegisterBlock makes a kind of block known to Insert. A kind that is taken is an error.
func RegisterBlock(kind string, build BlockBuilder) error {
	blocks.Lock()
	defer blocks.Unlock()
	if kind == "" || build == nil || blocks.kinds[kind] != nil {
		return fmt.Errorf("families: a block of kind %q cannot be registered: it is registered already, or has no name or no builder", kind)
	}
	if blocks.kinds == nil {
		blocks.kinds = map[string]BlockBuilder{}
	}
	blocks.kinds[kind] = build
	return nil
}

// Insert puts a new block of a registered kind into net, which s describes, with weights drawn from key, and adds it to
// s.Inserted. Its parameters are called inserted.PLACE.KIND. and what the block calls them.
func (s *Spec) Insert(net Network, i Insertion, key rng.Key) error {
	if err := i.into(net, layers.Root(key)); err != nil {
		return err
	}
	s.Inserted = append(s.Inserted, i)
	return nil
}

// Restore puts the blocks of s.Inserted into net, without values.
func (s *Spec) Restore(net Network) error {
	for _, i := range s.Inserted {
		if err := i.into(net, layers.Root(rng.New(0)).Blank()); err != nil {
			return err
		}
	}
	return nil
}

// into builds the block and puts it into net.
func (i Insertion) into(net Network, at layers.Path) error {
	n, ok := net.(Inserter)
	if !ok {
		return fmt.Errorf("families: %T takes no blocks", net)
	}
	blocks.RLock()
	build := blocks.kinds[i.Kind]
	blocks.RUnlock()
	if build == nil {
		return fmt.Errorf("families: no block of kind %q is registered; a program that links the package of the block knows it", i.Kind)
	}
	places := n.Places()
	k := slices.IndexFunc(places, func(p unet.Place) bool { return p.Name == i.At })
	if k < 0 {
		var names []string
		for _, p := range places {
			names = append(names, p.Name)
		}
		return fmt.Errorf("families: there is no stage %q; there are %s", i.At, strings.Join(names, ", "))
	}
	b, err := build(i.Config, places[k].Channels, n.Embedding(), at.At("inserted").At(i.At).At(i.Kind))
	if err != nil {
		return fmt.Errorf("families: the block %s for %s: %w", i.Kind, i.At, err)
	}
	return n.Insert(i.At, b)
}
