package optics

import (
	"cmp"
	"math/bits"
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// HadamardConfig describes compressed sensing by Walsh-Hadamard patterns, as a single-pixel camera shows them: each
// datum is the sum of a channel's pixels under a pattern of +1 and -1, divided by sqrt(H W). H and W are powers of two.
// Patterns are numbered in natural order, k = i*W + j with i along the rows and j along the columns. Exactly one of
// Random, Sequency and Keep is given; all channels are measured with the same patterns.
type HadamardConfig struct {
	// Random is the number of patterns: the constant one, and others drawn from Seed.
	Random int `json:"random,omitempty"`
	// Sequency is the number of patterns that change their sign least often: in the order of sign changes along a row plus
	// along a column, those along a column first among equals.
	Sequency int `json:"sequency,omitempty"`
	// Keep lists patterns in increasing order.
	Keep []int `json:"keep,omitempty"`
	// Signs multiplies every pixel by a sign drawn from Seed first, so that every pattern sees every frequency.
	Signs bool   `json:"signs,omitempty"`
	Seed  uint64 `json:"seed,omitempty"`
}

// Kind returns "hadamard".
func (HadamardConfig) Kind() string { return "hadamard" }

// Validate names the field that does not fit images of shape in.
func (c HadamardConfig) Validate(in autodiff.Shape) error {
	if in.Rank() != 3 || in.Size() == 0 || bits.OnesCount(uint(in.Dim(1))) != 1 || bits.OnesCount(uint(in.Dim(2))) != 1 {
		return config.Errorf("hadamard", "shape", "an image %v is not [C,H,W] with powers of two for H and W", in)
	}
	given := 0
	for _, ok := range []bool{c.Random != 0, c.Sequency != 0, c.Keep != nil} {
		if ok {
			given++
		}
	}
	if given != 1 {
		return config.Errorf("hadamard", "random, sequency, keep", "%d are given where exactly one belongs", given)
	}
	n := in.Dim(1) * in.Dim(2)
	k := config.Check("hadamard")
	k.Int("random", c.Random, 0, n)
	k.Int("sequency", c.Sequency, 0, n)
	k.That(c.Keep == nil || len(c.Keep) > 0, "keep", c.Keep, "have a pattern")
	k.Ints("keep", c.Keep, 0, n-1)
	for i := 1; i < len(c.Keep) && k.Err() == nil; i++ {
		if c.Keep[i] <= c.Keep[i-1] {
			k.Also(config.Errorf("hadamard", "keep", "entry %d is %d, not above the one before it", i, c.Keep[i]))
		}
	}
	return k.Err()
}

// kept returns the patterns to measure in increasing order.
func (c HadamardConfig) kept(h, w int) []int {
	switch {
	case c.Keep != nil:
		return c.Keep
	case c.Random != 0:
		keep := []int{0}
		for _, k := range rng.New(c.Seed).Split("hadamard", 0).Stream().Perm(h * w) {
			if k != 0 && len(keep) < c.Random {
				keep = append(keep, k)
			}
		}
		slices.Sort(keep)
		return keep
	}
	list := make([]int, h*w)
	for k := range list {
		list[k] = k
	}
	slices.SortFunc(list, func(a, b int) int {
		ai, aj, bi, bj := sequency(a/w, h), sequency(a%w, w), sequency(b/w, h), sequency(b%w, w)
		return cmp.Or(cmp.Compare(ai+aj, bi+bj), cmp.Compare(bi, ai))
	})
	keep := list[:c.Sequency]
	slices.Sort(keep)
	return keep
}

// sequency returns how often the sign changes along pattern k of n = 2^p: bit i of the count is the exclusive or of the
// i+1 lowest bits of k, counted from the top of p.
func sequency(k, n int) (count int) {
	parity := 0
	for p := n / 2; p > 0; p /= 2 {
		parity ^= k & 1
		k >>= 1
		count |= parity * p
	}
	return count
}

// Build returns a *Hadamard for images of shape in, [C,H,W].
func (c HadamardConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	var signs []float64
	if c.Signs {
		signs = make([]float64, in.Dim(1)*in.Dim(2))
		rng.New(c.Seed).Split("hadamard.signs", 0).Stream().FillRademacher(signs)
	}
	keep := c.kept(in.Dim(1), in.Dim(2))
	return newHadamard(inverse.BaseOf(c, in, autodiff.S(in.Dim(0), len(keep))), keep, signs), nil
}

func init() { inverse.Register(HadamardConfig{}) }
