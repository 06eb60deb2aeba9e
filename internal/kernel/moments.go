package kernel

import "math"

// moments sets s to the count, the mean and the sum of squared distances from the mean of x.
func moments[T Float](s *normSums, x []T) {
	n := float64(max(len(x), 1))
	if quick[T](len(x) / stride) {
		shift, sum, squares := shifted(x)
		s[0], s[1], s[2] = n, shift+sum/n, max(0, squares-sum*sum/n)
		return
	}
	mean := sumWide(x) / n
	var squares float64
	for _, v := range x {
		d := float64(v) - mean
		squares += d * d
	}
	s[0], s[1], s[2] = n, mean, squares
}

// join makes s the moments of two sets together (Chan, Golub and LeVeque 1983):
//
//	mean = mean_a + d n_b/n      m2 = m2_a + m2_b + d^2 n_a n_b/n,   d = mean_b - mean_a.
func (s *normSums) join(b *normSums) {
	n, d := s[0]+b[0], b[1]-s[1]
	s[1] += d * b[0] / n
	s[2] += b[2] + d*d*s[0]*b[0]/n
	s[0] = n
}

// meanRstd is the mean and 1/sqrt(variance + eps) of moments.
func (s *normSums) meanRstd(eps float64) (mean, rstd float64) {
	return s[1], 1 / math.Sqrt(s[2]/s[0]+eps)
}

// shifted returns the sums of x - shift and of its square, in float64 over leaves in
// float32. The shift is the mean of x's beginning, so that little cancels.
func shifted[T Float](x []T) (shift, sum, squares float64) {
	n := len(x) / stride * stride
	head := min(n, 16*stride)
	by := fast.sum(first(x), head) / float32(head)
	for lo := 0; lo < n; lo += leaf {
		s, q := fast.moments(first(x[lo:]), min(leaf, n-lo), by)
		sum += float64(s)
		squares += float64(q)
	}
	shift = float64(by)
	for _, v := range x[n:] {
		d := float64(v) - shift
		sum += d
		squares += d * d
	}
	return shift, sum, squares
}
