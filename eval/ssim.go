package eval

import (
	"fmt"
	"math"

	"tweedie/autodiff"
)

// Constants of SSIM as Wang et al. give them (IEEE TIP 13(4), 2004).
const (
	ssimWindow = 11
	ssimStd    = 1.5
	ssimK1     = .01
	ssimK2     = .03
)

// SSIMWindow returns the side of the window that SSIM takes for images of shape [C,H,W] or [H,W]: 11 pixels, or the
// largest odd number not above H and W where that is less. Do not compare values that were computed with different
// windows.
func SSIMWindow(shape autodiff.Shape) int {
	least := min(shape.Dim(-1), shape.Dim(-2), ssimWindow)
	return least - 1 + least%2
}

// SSIM returns the structural similarity of two images of shape [C,H,W] or [H,W] (Wang et al. 2004), 1 for equal
// images:
//
//	mean of (2 m_x m_r + C1)(2 s_xr + C2) / ((m_x^2 + m_r^2 + C1)(s_x^2 + s_r^2 + C2)),  C_i = (K_i dataRange)^2
//
// The mean is over channels and over all positions of an 11 x 11 Gaussian window of standard deviation 1.5 that lie
// inside the image; SSIMWindow says when the window is smaller. The window weights the moments, K1 = .01, K2 = .03, and
// dataRange is the width of the declared range as in PSNR.
func SSIM(x, r []float64, shape autodiff.Shape, dataRange float64) float64 {
	if k := shape.Rank(); k != 2 && k != 3 || shape.Size() == 0 {
		panic(&autodiff.ShapeError{Op: "eval.SSIM", Shapes: []autodiff.Shape{shape}, Msg: "the shape is not [C,H,W] or [H,W] with pixels"})
	}
	mustMatch("SSIM", "x", len(x), shape.Size())
	mustMatch("SSIM", "r", len(r), shape.Size())
	if !(dataRange > 0) {
		panic(&autodiff.ValueError{Op: "eval.SSIM", Msg: fmt.Sprintf("the data range is %v, not positive", dataRange)})
	}
	h, w := shape.Dim(-2), shape.Dim(-1)
	g := gaussianWindow(SSIMWindow(shape))
	c1, c2 := (ssimK1*dataRange)*(ssimK1*dataRange), (ssimK2*dataRange)*(ssimK2*dataRange)
	sum, count := 0.0, 0
	for c := 0; c < len(x); c += h * w {
		p, q := x[c:][:h*w], r[c:][:h*w]
		product := func(a, b []float64) []float64 {
			ab := make([]float64, len(a))
			for i, v := range a {
				ab[i] = v * b[i]
			}
			return filterValid(ab, h, w, g)
		}
		mx, mr := filterValid(p, h, w, g), filterValid(q, h, w, g)
		xx, rr, xr := product(p, p), product(q, q), product(p, q)
		for i, a := range mx {
			b := mr[i]
			sum += (2*a*b + c1) * (2*(xr[i]-a*b) + c2) / ((a*a + b*b + c1) * (xx[i] - a*a + rr[i] - b*b + c2))
		}
		count += len(mx)
	}
	return sum / float64(count)
}

// gaussianWindow returns n samples of a Gaussian of standard deviation 1.5 about the middle, normalised to sum 1.
func gaussianWindow(n int) []float64 {
	g := make([]float64, n)
	sum := 0.0
	for i := range g {
		d := float64(i-n/2) / ssimStd
		g[i] = math.Exp(-d * d / 2)
		sum += g[i]
	}
	for i := range g {
		g[i] /= sum
	}
	return g
}

// filterValid returns the correlation of an h x w plane with g along both axes, at the positions where the window lies
// inside.
func filterValid(x []float64, h, w int, g []float64) []float64 {
	n := len(g)
	across := make([]float64, h*(w-n+1))
	for i := range across {
		for k, v := range g {
			across[i] += v * x[i/(w-n+1)*w+i%(w-n+1)+k]
		}
	}
	w = w - n + 1
	out := make([]float64, (h-n+1)*w)
	for i := range out {
		for k, v := range g {
			out[i] += v * across[i+k*w]
		}
	}
	return out
}
