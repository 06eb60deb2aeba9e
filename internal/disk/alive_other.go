//go:build !unix && !windows

package disk

// processesSeen says that this system does not tell which processes live.
const processesSeen = false

func alive(int) bool { return true }
