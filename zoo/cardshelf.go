package zoo

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/internal/input"
	"tweedie/prior"
)

//go:embed cards/*.json cards/*.safetensors
var embeddedCards embed.FS

// Shelf holds cards by name, and names the folder where their files are kept.
type Shelf struct {
	Cards   map[string]*Card
	Cache   string  // file F of card C is Cache/C/F; empty where the system names no folder for caches, as without HOME
	Skipped []error // what of the folders was left out: a line each, with the name of the file and what is wrong with it
}

// NewShelf returns the cards inside the program together with the cards in the given folders. The cache is the folder
// TWEEDIE_CACHE, or tweedie in the user's folder for caches. A file of a folder that is no card, has the name of another card, or
// that of a prior inside the program, is Skipped; a folder that cannot be read is an error.
func NewShelf(folders ...string) (*Shelf, error) {
	s := &Shelf{Cards: map[string]*Card{}, Cache: os.Getenv("TWEEDIE_CACHE")}
	inside, err := fs.Sub(embeddedCards, "cards")
	if err == nil {
		err = s.add(inside, "the program")
	}
	for _, dir := range folders {
		if err == nil {
			err = s.add(os.DirFS(dir), input.Name(dir))
		}
	}
	if s.Cache == "" {
		if dir, none := os.UserCacheDir(); none == nil {
			s.Cache = filepath.Join(dir, "tweedie")
		}
	}
	return s, err
}

// DefaultShelf returns what NewShelf does for the folders that TWEEDIE_ZOO lists and the given ones. Of TWEEDIE_ZOO a folder that
// cannot be read is Skipped.
func DefaultShelf(folders ...string) (*Shelf, error) {
	s, err := NewShelf()
	for _, dir := range filepath.SplitList(os.Getenv("TWEEDIE_ZOO")) {
		if e := s.add(os.DirFS(dir), input.Name(dir)); e != nil {
			s.Skipped = append(s.Skipped, fmt.Errorf("%w; TWEEDIE_ZOO lists it", e))
		}
	}
	for _, dir := range folders {
		if err == nil {
			err = s.add(os.DirFS(dir), input.Name(dir))
		}
	}
	return s, err
}

// skippedCard says what is wrong with the file of a card.
type skippedCard struct {
	name string // of the card, as the file is called
	error
}

// skipped returns why there is no card of a name although there is a file of that name; nil when there is none.
func (s *Shelf) skipped(name string) error {
	for _, err := range s.Skipped {
		if c, ok := err.(skippedCard); ok && c.name == name {
			return fmt.Errorf("zoo: %w", c.error)
		}
	}
	return nil
}

// add reads every NAME.json in the root of a folder.
func (s *Shelf) add(folder fs.FS, where string) error {
	entries, err := fs.ReadDir(folder, ".")
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	if err != nil {
		return fmt.Errorf("zoo: folder of cards %s: %w", where, err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || e.IsDir() {
			continue
		}
		c, err := readCard(folder, e.Name())
		switch {
		case err != nil:
		case c.Name != name:
			err = fmt.Errorf("name is %q; want that of the file", c.Name)
		case slices.Contains(prior.Names(), name):
			err = errors.New("a prior inside the program has this name")
		case s.Cards[name] != nil:
			err = errors.New("another card has this name")
		}
		if err != nil {
			s.Skipped = append(s.Skipped, skippedCard{name, fmt.Errorf("%s in %s: %w", input.Name(e.Name()), where, err)})
			continue
		}
		s.Cards[name] = c
	}
	return nil
}

func readCard(folder fs.FS, name string) (*Card, error) {
	text, err := input.ReadFS(folder, name, mostCard)
	if err != nil {
		return nil, err
	}
	c, err := ParseCard(text)
	if err == nil {
		c.beside = folder
	}
	return c, err
}

// Names returns the names of the cards, sorted.
func (s *Shelf) Names() []string { return sorted(s.Cards) }

// Find returns the path of the card's file in the cache: the first of the card's files that is there, with the size
// that the card tells. It returns "" when none is.
func (s *Shelf) Find(c *Card) string {
	for _, f := range c.files() {
		if s.Cache == "" {
			break
		}
		path := filepath.Join(s.Cache, c.Name, f.Name)
		if i, err := os.Stat(path); err == nil && i.Mode().IsRegular() && (f.Bytes == 0 || f.Bytes == i.Size()) {
			return path
		}
	}
	return ""
}

// files are those of the card; one called "weights" where it knows of none.
func (c *Card) files() []CardFile {
	if len(c.Files) == 0 {
		return []CardFile{{Name: "weights"}}
	}
	return c.Files
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
