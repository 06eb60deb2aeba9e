package prior

import (
	_ "embed"
	"slices"
)

//go:embed digits8.safetensors.zst
var digits8 []byte

//go:embed fashion28.safetensors.zst
var fashion28 []byte

// embedded are the priors inside the program.
var embedded = map[string][]byte{"digits8": digits8, "fashion28": fashion28}

// Names returns the names of the priors inside the program, sorted.
func Names() []string {
	names := []string{"toy2d", "ring16"}
	for n := range embedded {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
