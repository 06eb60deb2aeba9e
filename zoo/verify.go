package zoo

import (
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/checkpoints"
)

// Check holds the result of one evaluation that a card's Golden asks for: how far the output is from the one recorded
// there.
type Check struct {
	What      string  `json:"what"`
	Error     float64 `json:"error"` // largest difference, relative to the largest value wanted
	Tolerance float64 `json:"tolerance"`
	OK        bool    `json:"ok"`
}

// Verification holds what was found out about a card's file.
type Verification struct {
	Card   string  `json:"card"`
	File   string  `json:"file"`
	SHA256 string  `json:"sha256"`
	Known  string  `json:"known_as"` // the file of the card that has this sha256; "" for none
	Checks []Check `json:"checks"`   // nil where the sha256 is wrong: such a file is not read
	OK     bool    `json:"ok"`
}

// Verify computes the sha256 of a file and, where a file of the card has it, every output that the card's Golden asks
// for: of a network in float32 by direct convolutions, of a closed form in float64. The error says why that cannot be
// done; what is wrong with the file stands in the Verification.
func (c *Card) Verify(path string) (Verification, error) {
	a := autodiff.NewArena()
	a.SetConvolutions(autodiff.Direct)
	return c.VerifyOn(a, path)
}

// VerifyOn does what Verify does on an arena of the caller's, with the convolutions of that arena.
func (c *Card) VerifyOn(a *autodiff.Arena, path string) (v Verification, err error) {
	v = Verification{Card: c.Name, File: path}
	if !c.Verified() {
		return v, fmt.Errorf("zoo: card %s has no sha256 and no golden: there is nothing to verify the file with", c.Name)
	}
	if v.SHA256, err = checkpoints.HashFile(path); err != nil {
		return v, fmt.Errorf("zoo: card %s: %w", c.Name, err)
	}
	i := slices.IndexFunc(c.Files, func(f CardFile) bool { return f.SHA256 == v.SHA256 })
	if i < 0 {
		return v, nil
	}
	v.Known = c.Files[i].Name
	if v.Checks, err = c.check(a, path); err != nil {
		return v, fmt.Errorf("zoo: card %s: %w", c.Name, err)
	}
	v.OK = !slices.ContainsFunc(v.Checks, func(k Check) bool { return !k.OK })
	return v, nil
}
