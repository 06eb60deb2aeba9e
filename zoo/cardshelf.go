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
	Cards map[string]*Card
	Cache string // file F of card C is Cache/C/F
}

// NewShelf returns the cards inside the program together with the cards in the given folders. The cache is the folder
// TWEEDIE_CACHE, or tweedie in the user's folder for caches. It returns an error for two cards of one name, and for a
// card with the name of a prior inside the program.
func NewShelf(folders ...string) (*Shelf, error) {
	s := &Shelf{Cards: map[string]*Card{}, Cache: os.Getenv("TWEEDIE_CACHE")}
	inside, err := fs.Sub(embeddedCards, "cards")
	if err == nil {
		err = s.add(inside, "the program")
	}
	for _, dir := range folders {
		if err == nil {
			err = s.add(os.DirFS(dir), dir)
		}
	}
	if err == nil && s.Cache == "" {
		var dir string
		if dir, err = os.UserCacheDir(); err != nil {
			err = fmt.Errorf("zoo: %w; name a folder in TWEEDIE_CACHE", err)
		}
		s.Cache = filepath.Join(dir, "tweedie")
	}
	return s, err
}

// DefaultShelf returns what NewShelf does for the folders that TWEEDIE_ZOO lists.
func DefaultShelf() (*Shelf, error) { return NewShelf(filepath.SplitList(os.Getenv("TWEEDIE_ZOO"))...) }

// add reads every NAME.json in the root of a folder.
func (s *Shelf) add(folder fs.FS, where string) error {
	entries, err := fs.ReadDir(folder, ".")
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
			return fmt.Errorf("%s in %s: %w", e.Name(), where, err)
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
