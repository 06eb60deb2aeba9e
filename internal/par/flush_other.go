//go:build !amd64 || noasm

package par

// quicken and relax do nothing where denormals cost little, or without assembly.
func quicken() (old uint32) { return 0 }
func relax(old uint32)      {}
