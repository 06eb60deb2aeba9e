package rng

import (
	"math"
	"testing"
)

// within fails unless the mean of n draws of a quantity with the given standard deviation lies within 4 standard errors.
func within(t *testing.T, what string, got, want, std float64, n int) {
	t.Helper()
	if se := std / math.Sqrt(float64(n)); !(math.Abs(got-want) <= 4*se) {
		t.Errorf("%s: %v, want %v: off by %.1f standard errors (N = %d)", what, got, want, math.Abs(got-want)/se, n)
	}
}

// TestNormMoments: N = 2e6; E n^k for k = 1..8, and the probabilities of the tail beyond the ziggurat's r, of an inner
// strip and of the interval that holds wedges only near x = 0.
func TestNormMoments(t *testing.T) {
	const n = 2_000_000
	x := make([]float64, n)
	New(11).Stream().FillNorm(x)
	var m [9]float64
	cuts := []float64{0.05, 0.5, 1, 2, 3, zigR, 4}
	beyond := make([]float64, len(cuts))
	for _, v := range x {
		p := 1.0
		for k := range m {
			m[k] += p / n
			p *= v
		}
		for i, c := range cuts {
			if math.Abs(v) > c {
				beyond[i] += 1. / n
			}
		}
	}
	moment := func(k int) float64 { // (k-1)!! for even k
		p := 1.0
		for ; k > 1; k -= 2 {
			p *= float64(k - 1)
		}
		return p
	}
	for k := 1; k < len(m); k++ {
		want := 0.0
		if k%2 == 0 {
			want = moment(k)
		}
		within(t, "moment", m[k], want, math.Sqrt(moment(2*k)-want*want), n)
	}
	for i, c := range cuts {
		p := math.Erfc(c / math.Sqrt2)
		within(t, "P(|x| > cut)", beyond[i], p, math.Sqrt(p*(1-p)), n)
	}
}

// TestNormTail: N = 2e5 draws of the tail beyond r; E[x | x > r] = f(r)/Q(r) and its variance.
func TestNormTail(t *testing.T) {
	const n = 200_000
	s := New(17).Stream()
	mean := 0.0
	for range n {
		x, ok := s.edge(0, zigR)
		if !ok || x < zigR {
			t.Fatalf("tail: %v, %v", x, ok)
		}
		mean += x / n
	}
	h := math.Exp(-zigR*zigR/2) / (math.Sqrt(math.Pi/2) * math.Erfc(zigR/math.Sqrt2))
	within(t, "mean of the tail", mean, h, math.Sqrt(1+zigR*h-h*h), n)
}

// TestNormDistribution makes a chi^2 test on 200 bins of equal probability, N = 1e6: within 4 standard deviations.
func TestNormDistribution(t *testing.T) {
	const n, bins = 1_000_000, 200
	s := New(12).Stream()
	var count [bins]float64
	for range n {
		count[min(bins-1, int(bins*math.Erfc(-s.Norm()/math.Sqrt2)/2))]++
	}
	chi := 0.0
	for _, c := range count {
		chi += (c - n/bins) * (c - n/bins) / (n / bins)
	}
	if z := (chi - (bins - 1)) / math.Sqrt(2*(bins-1)); !(math.Abs(z) <= 4) {
		t.Errorf("chi^2 = %.1f over %d degrees of freedom: %.1f standard deviations", chi, bins-1, z)
	}
}

// TestZigguratCloses: all strips have one area and the last one ends at f = 1.
func TestZigguratCloses(t *testing.T) {
	v := zigX[0] * zigY[1]
	for i := 1; i < zigLayers; i++ {
		if a := zigX[i] * (zigY[i+1] - zigY[i]); !(math.Abs(a/v-1) < 1e-12) {
			t.Errorf("area of strip %d is %v, want %v", i, a, v)
		}
	}
}

// TestUniformAndSigns: N = 1e6; mean and variance of Float64, the mean of signs and of products of neighbours (also
// across the 64-bit words).
func TestUniformAndSigns(t *testing.T) {
	const n = 1_000_000
	s := New(13).Stream()
	u := make([]float64, n)
	s.FillUniform(u)
	var mean, square float64
	for _, v := range u {
		if v < 0 || v >= 1 {
			t.Fatalf("uniform %v outside [0, 1)", v)
		}
		mean += v / n
		square += v * v / n
	}
	within(t, "uniform mean", mean, .5, math.Sqrt(1./12), n)
	within(t, "uniform square", square, 1./3, math.Sqrt(1./5-1./9), n)
	s.FillRademacher(u)
	mean, product := 0.0, 0.0
	for i, v := range u {
		if math.Abs(v) != 1 {
			t.Fatalf("sign %v", v)
		}
		mean += v / n
		product += v * u[(i+1)%n] / n
	}
	within(t, "sign mean", mean, 0, 1, n)
	within(t, "neighbouring signs", product, 0, 1, n)
}

// TestStreamsAreIndependent: N = 1e5 pairs; the correlation of streams of neighbouring names is 0.
func TestStreamsAreIndependent(t *testing.T) {
	const n = 100_000
	root := New(14)
	keys := []Key{root, root.Split("a", 0), root.Split("a", 1), root.Split("b", 0), root.Split("a", 0).Split("a", 0), New(15)}
	draws := make([][]float64, len(keys))
	for i, k := range keys {
		draws[i] = make([]float64, n)
		k.Stream().FillNorm(draws[i])
	}
	for i := range draws {
		for j := range i {
			c := 0.0
			for k := range draws[i] {
				c += draws[i][k] * draws[j][k] / n
			}
			within(t, "correlation", c, 0, 1, n)
		}
	}
}

// TestIntnAndPerm: N = 240,000; the frequency of each value of Intn(7), and of each of the 24 orders of Perm(4).
func TestIntnAndPerm(t *testing.T) {
	const n = 240_000
	s := New(16).Stream()
	var value [7]float64
	order := map[[4]int]float64{}
	for range n {
		value[s.Intn(7)]++
		order[[4]int(s.Perm(4))]++
	}
	for _, c := range value {
		within(t, "Intn(7)", c/n, 1./7, math.Sqrt(1./7*6/7), n)
	}
	if len(order) != 24 {
		t.Errorf("%d orders of 4, want 24", len(order))
	}
	for _, c := range order {
		within(t, "Perm(4)", c/n, 1./24, math.Sqrt(1./24*23/24), n)
	}
	const huge = math.MaxInt/4 + 1 // without rejection, 3 huge = 3*2^61 values share 8*2^61 words as 3, 3, 2, 3, 3, 2, ...
	big := 0.0
	for range n {
		if s.Intn(3*huge)%3 == 2 {
			big++
		}
	}
	within(t, "Intn(3*2^61) mod 3", big/n, 1./3, math.Sqrt(2./9), n)
}
