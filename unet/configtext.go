package unet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Printed returns an effective config as indented JSON.
func Printed(config any) string {
	b, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return "unet: config: " + err.Error() // a NaN has no JSON; Validate names the field
	}
	return string(b)
}

// Hashed returns the SHA-256 of an effective config in hexadecimal. It panics when the config has a number that JSON has not.
func Hashed(config any) string {
	b, err := json.Marshal(config)
	if err != nil {
		panic(err)
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// MostLevels and the others bound what a config may ask for: beyond any network, and small enough that no size overflows.
const (
	MostLevels   = 16
	MostBlocks   = 256
	MostChannels = 1 << 16
	MostClasses  = 1 << 24
	MostScales   = 1 << 20 // noise levels
)

// Wrong returns the error that a field of a config has a value where another belongs.
func Wrong(field string, value any, want string) error {
	return fmt.Errorf("unet: config: %s is %v; want %s", field, value, want)
}
