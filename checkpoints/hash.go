package checkpoints

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"tweedie/internal/input"
)

// HashFile returns the SHA-256 of a file's bytes in hexadecimal digits. It returns an error for anything but a regular
// file.
func HashFile(path string) (string, error) {
	f, _, err := input.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
