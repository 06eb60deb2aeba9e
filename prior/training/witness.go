package training

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"

	"tweedie/data"
)

// witness hashes the images and labels that are read from a set, so that a resumed run can tell whether its data are
// the same.
type witness struct {
	data.Set
	seen hash.Hash
}

// newWitness watches a set.
func newWitness(set data.Set) *witness { return &witness{set, sha256.New()} }

// Read reads image i into dst and returns its label.
func (w *witness) Read(i int, dst []float32) (int, error) {
	label, err := w.Set.Read(i, dst)
	if err != nil {
		return label, err
	}
	b := binary.LittleEndian.AppendUint64(nil, uint64(label))
	for _, v := range dst {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	w.seen.Write(b)
	return label, nil
}

// String says how many images the set has, and the hash of the images that were read.
func (w *witness) String() string { return fmt.Sprintf("%d of hash %x", w.Len(), w.seen.Sum(nil)[:8]) }
