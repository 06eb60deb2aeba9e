//go:build !unix

package input

// nonblock is nothing where files that wait for each other have no place in the file system.
const nonblock = 0
