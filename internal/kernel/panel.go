package kernel

// A matrix product reads its operands from panels, copied so that the innermost
// loop walks memory in order:
//
//	A panel: rows of A, element (i,k) at k pitch + i        (tile rows, pitch a multiple of 4)
//	B panel: columns of B, element (k,j) at k width + j     (width = the tile's columns)
//
// A large K is cut into parts of at most depth; each part is summed from zero in
// order of k and the parts are added in order. So every element of a product is
// the same function of its row of A and column of B, wherever it lies in C and
// however C is cut.
const depth = 256

// geometry is the size of a micro-kernel's tile.
type geometry struct{ rows, pitch, width int }

// tileOf returns the tile of the path in use.
func tileOf[T Float]() geometry {
	if isSingle[T]() && fast.rows > 0 {
		return geometry{fast.rows, roundUp(fast.rows, 4), 2 * fast.lane}
	}
	return geometry{4, 4, 64}
}

// roundUp returns the least multiple of m that is at least n.
func roundUp(n, m int) int { return (n + m - 1) / m * m }

// part returns the depth of all parts of a sum of k terms but the last.
func part(k int) int {
	k = max(k, 1)
	return roundUp(blocksOf(k, blocksOf(k, depth)), 8)
}

// view is an operand of multiply: panel p of a packed one begins at p panel.
// For A, element (i,k) of a panel is at i si + k sk; for B, (k,j) at k sk + j.
// An A that is far, in memory or in another processor's cache, is fetched ahead.
type view[T Float] struct {
	x             []T
	si, sk, panel int
	far           bool
}

// packed returns the view of panels of A or B of depth k.
func packedA[T Float](x []T, k int, g geometry) view[T] {
	return view[T]{x: x, si: 1, sk: g.pitch, panel: g.pitch * k}
}
func packedB[T Float](x []T, k int, g geometry) view[T] {
	return view[T]{x: x, si: 1, sk: g.width, panel: g.width * k}
}

// rowsOf returns the view of an unpacked A: element (i,k) at i si + k sk.
func rowsOf[T Float](x []T, si, sk int, g geometry) view[T] {
	return view[T]{x: x, si: si, sk: sk, panel: g.rows * si}
}

// sizeA and sizeB are the room that panels take.
func (g geometry) sizeA(m, k int) int { return blocksOf(m, g.rows) * g.pitch * k }
func (g geometry) sizeB(n, k int) int { return blocksOf(n, g.width) * g.width * k }

// multiply computes c[i ldc + j] (+)= sum_k A[i,k] B[k,j] for an m x n block of C
// and one part of K.
func multiply[T Float](g geometry, m, n, k int, a, b view[T], c []T, ldc int, acc bool) {
	if isSingle[T]() && fast.rows > 0 {
		multiplyFast(g, m, n, k, single(a.x), single(b.x), a.si, a.sk, a.panel, b.sk, b.panel, single(c), ldc, acc, a.far)
		return
	}
	multiplyGo(g, m, n, k, a, b, c, ldc, acc)
}

// product is multiply over all parts of K.
func product[T Float](g geometry, m, n, k int, a, b view[T], c []T, ldc int, acc bool) {
	kc := part(k)
	for k0 := 0; k0 < k; k0 += kc {
		pa, pb := a, b
		pa.x, pb.x = a.x[k0*a.sk:], b.x[k0*b.sk:]
		multiply(g, m, n, min(kc, k-k0), pa, pb, c, ldc, acc || k0 > 0)
	}
}

func multiplyFast(g geometry, m, n, k int, a, b []float32, si, sk, pa, sb, pb int, c []float32, ldc int, acc, far bool) {
	for j := 0; j < n; j += g.width {
		w := min(g.width, n-j)
		nv := blocksOf(w, fast.lane)
		cols := w - (nv-1)*fast.lane
		bp := &b[j/g.width*pb]
		for i := 0; i < m; {
			r := min(m-i, g.rows)
			for fast.gemm[r][nv] == nil {
				r--
			}
			f := fast.gemm[r][nv]
			if far && r == g.rows && nv == 2 {
				f = fast.gemmFar
			}
			ap := &a[i/g.rows*pa+i%g.rows*si]
			f(k, ap, 4*si, 4*sk, bp, 4*sb, &c[i*ldc+j], 4*ldc, cols, acc)
			i += r
		}
	}
}

// multiplyGo is multiply in plain Go: four rows of B at a time are added into a row of C.
func multiplyGo[T Float](g geometry, m, n, k int, a, b view[T], c []T, ldc int, acc bool) {
	for j := 0; j < n; j += g.width {
		w := min(g.width, n-j)
		bp := b.x[j/g.width*b.panel:]
		for i := range m {
			row := c[i*ldc+j : i*ldc+j+w]
			if !acc {
				clear(row)
			}
			ap := a.x[i/g.rows*a.panel+i%g.rows*a.si:]
			p := 0
			for ; p+4 <= k; p += 4 {
				at, bt := p*a.sk, p*b.sk
				addFour(row, bp[bt:], bp[bt+b.sk:], bp[bt+2*b.sk:], bp[bt+3*b.sk:],
					ap[at], ap[at+a.sk], ap[at+2*a.sk], ap[at+3*a.sk])
			}
			for ; p < k; p++ {
				axpy(ap[p*a.sk], bp[p*b.sk:p*b.sk+w], row)
			}
		}
	}
}

// addFour adds a0 b0 + a1 b1 + a2 b2 + a3 b3 to c.
func addFour[T Float](c, b0, b1, b2, b3 []T, a0, a1, a2, a3 T) {
	b0, b1, b2, b3 = b0[:len(c)], b1[:len(c)], b2[:len(c)], b3[:len(c)]
	for i := range c {
		c[i] += a0*b0[i] + a1*b1[i] + a2*b2[i] + a3*b3[i]
	}
}

// cut divides an m x n product, times batch, into blocks of mb x nb: at most 192 x 256,
// and smaller while there are few and each is worth a worker's while.
func (g geometry) cut(batch, m, n, k int) (mb, nb int) {
	even := func(n, most, unit int) int { return roundUp(blocksOf(n, blocksOf(n, most)), unit) }
	mb, nb = even(m, 192, g.rows), even(n, 256, g.width)
	for batch*blocksOf(m, mb)*blocksOf(n, nb) < 8 && mb*nb*k > 1<<20 {
		switch {
		case mb >= nb && mb > 4*g.rows:
			mb = roundUp(mb/2, g.rows)
		case nb > 2*g.width:
			nb = roundUp(nb/2, g.width)
		case mb > 4*g.rows:
			mb = roundUp(mb/2, g.rows)
		default:
			return mb, nb
		}
	}
	return mb, nb
}

// share returns how many units of the given work make a block worth handing out.
func share(work int) int { return max(1, (1<<18)/max(work, 1)) }
