package unet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// printed is an effective config as indented JSON.
func printed(config any) string {
	b, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return "unet: config: " + err.Error() // a NaN has no JSON; Validate names the field
	}
	return string(b)
}

// hashed is the SHA-256 of an effective config in hexadecimal. It panics when the config has a number that JSON has not.
func hashed(config any) string {
	b, err := json.Marshal(config)
	if err != nil {
		panic(err)
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
