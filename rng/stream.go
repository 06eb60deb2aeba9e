package rng

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
)

// Stream is a sequence of random numbers, ChaCha8 keyed by a Key.
// It is for one goroutine; give each its own by Key.Split. Get one from Key.Stream or UnmarshalBinary.
type Stream struct{ src rand.ChaCha8 }

// Uint64 returns 64 uniform bits.
func (s *Stream) Uint64() uint64 { return s.src.Uint64() }

// Float64 returns a uniform number in [0, 1), a multiple of 2^-53.
func (s *Stream) Float64() float64 { return float64(s.src.Uint64()>>11) * 0x1p-53 }

// Intn returns a uniform integer in [0, n), without bias (Lemire, arXiv:1805.10941). It panics when n <= 0.
func (s *Stream) Intn(n int) int {
	if n <= 0 {
		panic(fmt.Sprintf("rng: Intn(%d): the bound must be positive", n))
	}
	m := uint64(n)
	hi, lo := bits.Mul64(s.src.Uint64(), m)
	if lo < m {
		for reject := -m % m; lo < reject; {
			hi, lo = bits.Mul64(s.src.Uint64(), m)
		}
	}
	return int(hi)
}

// Perm returns a uniform permutation of 0..n-1 (Fisher-Yates). It panics when n < 0.
func (s *Stream) Perm(n int) []int {
	if n < 0 {
		panic(fmt.Sprintf("rng: Perm(%d): a length cannot be negative", n))
	}
	p := make([]int, n)
	for i := range p {
		j := s.Intn(i + 1)
		p[i] = p[j]
		p[j] = i
	}
	return p
}

// FillNorm fills dst with standard normal numbers, the same that len(dst) calls of Norm return.
func (s *Stream) FillNorm(dst []float64) {
	for i := range dst {
		dst[i] = s.Norm()
	}
}

// FillNorm32 fills dst with the numbers of FillNorm rounded to float32.
func (s *Stream) FillNorm32(dst []float32) {
	for i := range dst {
		dst[i] = float32(s.Norm())
	}
}

// FillUniform fills dst with uniform numbers in [0, 1), the same that len(dst) calls of Float64 return.
func (s *Stream) FillUniform(dst []float64) {
	for i := range dst {
		dst[i] = s.Float64()
	}
}

// FillRademacher fills dst with independent signs, -1 or +1, drawing one Uint64 for every 64 values or fewer.
func (s *Stream) FillRademacher(dst []float64) {
	for len(dst) > 0 {
		n := min(64, len(dst))
		w := s.src.Uint64()
		for i := range dst[:n] {
			dst[i] = float64(int64(w>>i&1)<<1 - 1)
		}
		dst = dst[n:]
	}
}

// MarshalBinary returns the whole state; a stream restored from it goes on with the very next number.
// No number is held back between calls (the normal generator caches none), so the generator's state is all there is.
func (s *Stream) MarshalBinary() ([]byte, error) { return s.src.MarshalBinary() }

// UnmarshalBinary restores a state written by MarshalBinary.
func (s *Stream) UnmarshalBinary(state []byte) error {
	var src rand.ChaCha8
	if err := src.UnmarshalBinary(state); err != nil {
		return fmt.Errorf("rng: stream state: %w", err)
	}
	s.src = src
	return nil
}
