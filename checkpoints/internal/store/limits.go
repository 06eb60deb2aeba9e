package store

// A compressed file may expand to MaxExpand times its size, small ones to FreeExpand. Weights shrink by some percent; a
// state whose optimiser has not moved yet holds zeros, and stays far below.
const (
	MaxExpand  = 256
	FreeExpand = 64 << 20
)

// Expanded is how many bytes a compressed file of that size may expand to.
func Expanded(size int64) int64 { return max(FreeExpand, MaxExpand*min(size, 1<<50)) }
