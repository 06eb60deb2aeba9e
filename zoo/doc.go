// Package zoo knows published networks by name. A Card says what a network is, where it comes from and what was checked of
// it; a Shelf holds cards, fetches their files into a cache and verifies them; Open turns a name or a file into a ready
// prior.
package zoo
