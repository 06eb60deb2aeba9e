package rng

import (
	"fmt"
	"math"
	"math/bits"
)

// NumpyPermutation returns numpy.random.RandomState(seed).permutation(n), by numpy's legacy generator.
//
// It seeds MT19937 by init_genrand(seed). For i = n-1 .. 1 it takes 32-bit draws, masked to the bits of i, until one
// is <= i, and exchanges entry i with entry that one. Permutation k of a RealNVP is NumpyPermutation(k, D) (DPI,
// score_prior). It panics when n < 0 or n > 2^32.
func NumpyPermutation(seed uint32, n int) []int {
	if n < 0 || int64(n) > math.MaxUint32+1 {
		panic(fmt.Sprintf("rng: NumpyPermutation(%d, %d): the length must be in 0..2^32", seed, n))
	}
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	var g mt19937
	g.seed(seed)
	for i := n - 1; i > 0; i-- {
		mask := uint32(1)<<bits.Len32(uint32(i)) - 1
		j := g.next() & mask
		for j > uint32(i) {
			j = g.next() & mask
		}
		p[i], p[j] = p[j], p[i]
	}
	return p
}

const (
	mtN = 624
	mtM = 397
)

// mt19937 is the Mersenne twister (Matsumoto and Nishimura, ACM TOMACS 8(1), 1998).
type mt19937 struct {
	state [mtN]uint32
	at    int
}

// seed sets the state as init_genrand of the authors' code does.
func (g *mt19937) seed(s uint32) {
	for i := range g.state {
		g.state[i] = s
		s = 1812433253*(s^s>>30) + uint32(i) + 1
	}
	g.at = mtN
}

// next returns the next tempered word.
func (g *mt19937) next() uint32 {
	if g.at == mtN {
		g.twist()
	}
	y := g.state[g.at]
	g.at++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// twist makes the next 624 words of the state.
func (g *mt19937) twist() {
	for i := range g.state {
		y := g.state[i]&0x80000000 | g.state[(i+1)%mtN]&0x7fffffff
		g.state[i] = g.state[(i+mtM)%mtN] ^ y>>1 ^ -(y&1)&0x9908b0df
	}
	g.at = 0
}
