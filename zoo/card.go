package zoo

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"tweedie/internal/config"
)

// Card says what one published network is, where it comes from, and what was checked of it. A card is a JSON file
// NAME.json; an unknown field is an error. What was not checked is left out: see Verified.
type Card struct {
	Name         string          `json:"name"`
	About        string          `json:"about"`                  // one line
	Family       string          `json:"family"`                 // of families.Readable; empty for a closed form
	Architecture string          `json:"architecture"`           // in the words of its authors
	Config       json.RawMessage `json:"config,omitempty"`       // in the family's vocabulary, or a string, the name of a preset; absent where the file says it all
	Schedule     json.RawMessage `json:"schedule,omitempty"`     // a string or an object, as ckpt convert --schedule takes it
	Parameters   int             `json:"parameters,omitempty"`   // number of values, buffers left out
	Extents      []int           `json:"extents,omitempty"`      // of the images, without channels, where the config does not tell
	Range        [2]float64      `json:"range"`                  // of the images' values
	TrainedOn    string          `json:"trained_on,omitempty"`   // data
	NoiseLevels  string          `json:"noise_levels,omitempty"` // that it was trained for
	Repository   string          `json:"repository,omitempty"`   // https://github.com/OWNER/NAME
	Commit       string          `json:"commit,omitempty"`       // of the repository, 7 to 40 hexadecimal digits
	Licence      string          `json:"licence,omitempty"`
	Copyright    string          `json:"copyright,omitempty"`
	Files        []CardFile      `json:"files,omitempty"` // each holds the network; the first is the one as published
	Golden       *Golden         `json:"golden,omitempty"`

	beside fs.FS // where the golden lies
}

// CardFile describes one file that holds the network of a card.
type CardFile struct {
	Name   string `json:"name"`             // in the cache
	Path   string `json:"path,omitempty"`   // in the repository, for a file that is published there
	URL    string `json:"url,omitempty"`    // https
	Made   string `json:"made,omitempty"`   // how it was made of the published file, for one that is not published
	SHA256 string `json:"sha256,omitempty"` // 64 hexadecimal digits
	Bytes  int64  `json:"bytes,omitempty"`
}

// Golden lists inputs and the outputs that the network must give for them: where they lie, who computed them, and how
// close is close enough.
type Golden struct {
	File      string        `json:"file"`      // of safetensors, beside the card
	By        string        `json:"by"`        // who computed the outputs, and how
	Tolerance float64       `json:"tolerance"` // of the largest difference, relative to the largest output
	Checks    []GoldenCheck `json:"checks"`
}

// GoldenCheck describes one evaluation: its inputs, and the output that is wanted, by the names of tensors in the
// Golden's file.
type GoldenCheck struct {
	Of   string    `json:"of"`             // network, energy, gradient, score or log_density
	X    string    `json:"x"`              // tensor of images [B,C,H,W], or [B,D] for a mixture
	T    []float64 `json:"t,omitempty"`    // one for every image, or one for all
	TOf  string    `json:"t_of,omitempty"` // tensor of them instead
	YOf  string    `json:"y_of,omitempty"` // tensor of labels: numbers [B] or rows [B,...]
	Want string    `json:"want"`           // tensor
}

// Verified reports whether the card says how to tell the right file and the right network: the sha256 of its first
// file, and a Golden.
func (c *Card) Verified() bool {
	return c.Golden != nil && len(c.Files) > 0 && c.Files[0].SHA256 != ""
}

// Address returns where the file is fetched from: its URL, or GitHub's address of its path at the card's commit, of
// which all 40 digits are needed. It returns "" when the card does not tell.
func (c *Card) Address(f CardFile) string {
	owner, ok := strings.CutPrefix(c.Repository, "https://github.com/")
	switch {
	case f.URL != "":
		return f.URL
	case !ok || f.Path == "" || len(c.Commit) != 40:
		return ""
	}
	return "https://raw.githubusercontent.com/" + owner + "/" + c.Commit + (&url.URL{Path: "/" + f.Path}).EscapedPath()
}

// mostCard bounds the size of a card.
const mostCard = 1 << 20

// ParseCard reads a card from JSON of at most 1 MiB. The error names the field that is wrong.
func ParseCard(text []byte) (*Card, error) {
	if len(text) > mostCard {
		return nil, fmt.Errorf("zoo: a card has at most %d bytes; this has %d", mostCard, len(text))
	}
	c := &Card{}
	if err := config.Decode(text, c); err != nil {
		return nil, fmt.Errorf("zoo: card: %w", err)
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("zoo: card: %w", err)
	}
	return c, nil
}
