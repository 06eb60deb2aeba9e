//go:build !amd64 || noasm

package kernel

// paths lists what this processor can run, the best first.
func paths() []assembly { return []assembly{pathGeneric()} }
