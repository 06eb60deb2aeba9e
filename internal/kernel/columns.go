package kernel

import "math"

// A strip is a matrix [rows,width] of numbers for every position (a row) and every one of a block of columns; its
// width is a multiple of 16. The passes below go down its columns. A sum over more rows than depth is made of the sums
// of depth rows from zero, added in order.

// columnKernels is the passes in assembly.
type columnKernels struct {
	max    func(most, x *float32, rows, width int)
	exp    func(x, shift, sum *float32, rows, width int)
	dot    func(sum, x, y *float32, rows, width int)
	times  func(x, by *float32, rows, width int)
	centre func(x, e, mean *float32, rows, width int)
	mix    func(z, b, u, e, meanZ, meanB, sum *float32, rows, width int)
}

// columnMax sets most[l] to the largest of itself and x[r,l].
func columnMax[T Float](most, x []T) {
	w := len(most)
	if quick[T](len(x)) {
		fast.columns.max(first(most), first(x), len(x)/w, w)
		return
	}
	for ; len(x) >= w; x = x[w:] {
		for l, v := range x[:w] {
			if v > most[l] {
				most[l] = v
			}
		}
	}
}

// columnExp sets x[r,l] = exp(x[r,l] - shift[l]), shift the largest of the column, and sum[l] to its sum. In float32
// the error of exp is that of Unary.
func columnExp[T Float](x, shift, sum []T) {
	clear(sum)
	w := len(sum)
	for ; len(x) >= w; x = x[min(depth*w, len(x)):] {
		part := x[:min(depth*w, len(x))]
		if quick[T](len(part)) {
			fast.columns.exp(first(part), first(shift), first(sum), len(part)/w, w)
			continue
		}
		for r := 0; r < len(part); r += w {
			for l := range w {
				e := math.Exp(float64(part[r+l]) - float64(shift[l]))
				part[r+l] = T(e)
				sum[l] += T(e)
			}
		}
	}
}

// columnDot sets sum[l] to the sum of x[r,l] y[r,l].
func columnDot[T Float](sum, x, y []T) {
	clear(sum)
	w := len(sum)
	for ; len(x) >= w; x, y = x[min(depth*w, len(x)):], y[min(depth*w, len(x)):] {
		p, q := x[:min(depth*w, len(x))], y[:min(depth*w, len(x))]
		if quick[T](len(p)) {
			fast.columns.dot(first(sum), first(p), first(q), len(p)/w, w)
			continue
		}
		for r := 0; r < len(p); r += w {
			for l := range w {
				sum[l] += p[r+l] * q[r+l]
			}
		}
	}
}

// columnTimes sets x[r,l] = x[r,l] by[l].
func columnTimes[T Float](x, by []T) {
	w := len(by)
	if quick[T](len(x)) {
		fast.columns.times(first(x), first(by), len(x)/w, w)
		return
	}
	for r := 0; r < len(x); r += w {
		for l, m := range by {
			x[r+l] *= m
		}
	}
}

// columnCentre sets x[r,l] = e[r,l] (x[r,l] - mean[l]).
func columnCentre[T Float](x, e, mean []T) {
	w := len(mean)
	if quick[T](len(x)) {
		fast.columns.centre(first(x), first(e), first(mean), len(x)/w, w)
		return
	}
	for r := 0; r < len(x); r += w {
		for l, m := range mean {
			x[r+l] = e[r+l] * (x[r+l] - m)
		}
	}
}

// columnMix moves z and b by their means, adds b z to u, sets sum[l] to the sum of e[r,l] u[r,l], and multiplies
// z and b by e.
func columnMix[T Float](z, b, u, e, meanZ, meanB, sum []T) {
	clear(sum)
	w := len(sum)
	for lo := 0; lo < len(z); lo += depth * w {
		hi := min(lo+depth*w, len(z))
		if quick[T](hi - lo) {
			fast.columns.mix(first(z[lo:]), first(b[lo:]), first(u[lo:]), first(e[lo:]), first(meanZ), first(meanB), first(sum), (hi-lo)/w, w)
			continue
		}
		for r := lo; r < hi; r += w {
			for l := range w {
				i := r + l
				p, q := z[i]-meanZ[l], b[i]-meanB[l]
				u[i] += p * q
				sum[l] += e[i] * u[i]
				z[i], b[i] = p*e[i], q*e[i]
			}
		}
	}
}
