// Package rng gives every random quantity of a run its own named stream.
//
// A Key is 256 bits. Keys form a tree: the child of key k under the name (label, i) is
//
//	k.Split(label, i) = SHA-256(k || i || label)
//
// so two different paths from one seed give unrelated keys, whatever the order in which they are taken and whoever
// takes them: sample 7 of a batch draws from root.Split("sample", 7) and gets the same numbers alone, in a batch of 8,
// on one worker or on sixteen. Two paths collide with the probability of a SHA-256 collision.
//
// A key is turned into numbers by its Stream, ChaCha8 keyed by the key:
//
//	uniform     u = m/2^53, m the top 53 bits of a draw                u in [0, 1)
//	normal      ziggurat of 256 layers, 53-bit abscissae, exact tail    n ~ N(0, 1)
//	Rademacher  one bit a value                                         r in {-1, +1}
//
// A stream is marshalled into a checkpoint and goes on exactly where it was.
//
// NumpyPermutation is the one foreign generator: published normalising flows order their pixels by numpy's legacy
// generator, and loading them means reproducing it.
package rng

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Key names a stream: 256 bits, comparable, safe to copy and store. The zero Key is valid; New never returns it.
type Key [32]byte

// New returns the root key of a seed: SHA-256 of a fixed prefix and the seed.
func New(seed uint64) Key {
	buf := append(make([]byte, 0, 32), "tweedie/rng/1\x00"...)
	return sha256.Sum256(binary.LittleEndian.AppendUint64(buf, seed))
}

// Split returns the child of k under the name (label, i): SHA-256(k || i || label).
// It depends on nothing else: not on other splits, nor on what was drawn from any stream.
func (k Key) Split(label string, i int) Key {
	var stack [128]byte
	buf := append(stack[:0], k[:]...)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(int64(i)))
	return sha256.Sum256(append(buf, label...))
}

// Stream returns the stream of k, at its beginning.
func (k Key) Stream() *Stream {
	s := new(Stream)
	s.src.Seed(k)
	return s
}

// Reset makes s the stream of k, at its beginning, whatever it was before: k.Stream() without an allocation.
func (s *Stream) Reset(k Key) { s.src.Seed(k) }

// String returns the key in hexadecimal, 64 digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// MarshalText returns String, so that JSON holds a key as one string.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Key) UnmarshalText(text []byte) error {
	if len(text) != 2*len(k) {
		return fmt.Errorf("rng: a key is %d hexadecimal digits, not %d", 2*len(k), len(text))
	}
	var b Key
	if _, err := hex.Decode(b[:], text); err != nil {
		return fmt.Errorf("rng: key: %w", err)
	}
	*k = b
	return nil
}
