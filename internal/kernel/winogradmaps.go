package kernel

// filtering is F(m x m, 3x3) or what has its form: its maps B^T [n, step + 2], A^T [m,n] and
// G [n,3]. A tile's inputs begin step elements after those of the tile before, its outputs m.
type filtering struct {
	index      int // among the kernels in assembly
	m, n, step int
	run        int // so many tiles of a row are done together, one after another
	bt, at, g  [][]float64
}

// points is how many points a tile has.
func (f *filtering) points() int { return f.n * f.n }

// between is the numbers of a tile between the two maps of its inputs.
func (f *filtering) between() int { return f.n * (f.step + 2) }

// filterings has F(2x2,3x3), at the points 0, 1, -1, F(4x4,3x3), at 0, 1, -1, 2, -2, and
// those of doubled images.
var filterings = map[int]*filtering{
	doubling: {2, 2, 3, 1, 4, doublingB, doublingA, doublingG},
	halving:  {3, 1, 3, 2, 4, halvingB, halvingA, doublingG},
	2: {0, 2, 4, 2, 1,
		[][]float64{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
		[][]float64{{1, 1, 1, 0}, {0, 1, -1, -1}},
		[][]float64{{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}}},
	4: {1, 4, 6, 4, 1,
		[][]float64{{4, 0, -5, 0, 1, 0}, {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0}, {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}},
		[][]float64{{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}},
		[][]float64{{1. / 4, 0, 0}, {-1. / 6, -1. / 6, -1. / 6}, {-1. / 6, 1. / 6, -1. / 6}, {1. / 24, 1. / 12, 1. / 6}, {1. / 24, -1. / 12, 1. / 6}, {0, 0, 1}}},
}

// winoKernels is one filtering's transforms in assembly, see tools/asmgen; those of tiles
// by how many neighbours are read at once: 1, 2, 4.
type winoKernels struct {
	input, delta [3]tileToPoints
	output       [3]pointsToTile
	weight       func(dst *float32, plane, step int, src *float32, tap, from int, lanes, count int, tmp *float32)
	taps         func(dst *float32, tap int, src *float32, plane int, lanes int, tmp *float32)
}

type (
	tileToPoints func(dst *float32, plane int, src *float32, pitch int, off *int, groups int, tmp *float32)
	pointsToTile func(dst *float32, pitch int, off *int, src *float32, plane int, groups int, tmp *float32)
)

// laneOf is how many tiles a transform does at once.
func laneOf[T Float]() int {
	if isSingle[T]() && fast.rows > 0 {
		return fast.lane
	}
	return 1
}

// inAssembly returns the filtering's assembly, or nil.
func inAssembly[T Float](f *filtering) *winoKernels {
	if isSingle[T]() && fast.rows > 0 {
		return &fast.wino[f.index]
	}
	return nil
}

// runInput sets dst[(i n + j) plane + l] = (B^T d B)[i,j], d[r,c] = src[off[l] + r pitch + c], for l < lanes.
func runInput[T Float](f *filtering, q int, dst []T, plane int, src []T, pitch int, off []int, lanes int, tmp []T) {
	if a := inAssembly[T](f); a != nil {
		a.input[q/2](first(dst), plane, first(src), pitch, &off[0], lanes/fast.lane, first(tmp))
		return
	}
	for l := range lanes {
		sandwich(f.bt, false, dst[l:], f.n*plane, plane, src[off[l]:], pitch, 1, tmp)
	}
}

// runOutput sets dst[off[l] + r pitch + c] = (A^T p A)[r,c], p[i,j] = src[(i n + j) plane + l], for l < lanes.
func runOutput[T Float](f *filtering, q int, dst []T, pitch int, off []int, src []T, plane, lanes int, tmp []T) {
	if a := inAssembly[T](f); a != nil {
		a.output[q/2](first(dst), pitch, &off[0], first(src), plane, lanes/fast.lane, first(tmp))
		return
	}
	for l := range lanes {
		sandwich(f.at, false, dst[off[l]:], pitch, 1, src[l:], f.n*plane, plane, tmp)
	}
}

// runDelta sets dst[(i n + j) plane + l] = (A y A^T)[i,j], y[r,c] = src[off[l] + r pitch + c], for l < lanes.
func runDelta[T Float](f *filtering, q int, dst []T, plane int, src []T, pitch int, off []int, lanes int, tmp []T) {
	if a := inAssembly[T](f); a != nil {
		a.delta[q/2](first(dst), plane, first(src), pitch, &off[0], lanes/fast.lane, first(tmp))
		return
	}
	for l := range lanes {
		sandwich(f.at, true, dst[l:], f.n*plane, plane, src[off[l]:], pitch, 1, tmp)
	}
}

// runWeight sets dst[q step + (i n + j) plane + l] = (G g G^T)[i,j] for q < count and l < lanes,
// g[r,c] = src[origin + q from + (3r + c) tap + l].
func runWeight[T Float](f *filtering, dst []T, plane, step int, src []T, origin, tap, from, lanes, count int, tmp []T) {
	if a := inAssembly[T](f); a != nil {
		a.weight(first(dst), plane, step, first(src[origin:]), tap, from, lanes, count, first(tmp))
		return
	}
	for q := range count {
		for l := range lanes {
			at := origin + q*from + l
			if tap < 0 {
				at += 8 * tap
			}
			var g [9]T
			for i := range g {
				k := i
				if tap < 0 {
					k = 8 - i
				}
				g[i] = src[at+k*max(tap, -tap)]
			}
			sandwich(f.g, false, dst[q*step+l:], f.n*plane, plane, g[:], 3, 1, tmp)
		}
	}
}

// runTaps sets dst[(3r + c) tap + l] = (G^T u G)[r,c], u[i,j] = src[(i n + j) plane + l], for l < lanes.
func runTaps[T Float](f *filtering, dst []T, tap int, src []T, plane, lanes int, tmp []T) {
	if a := inAssembly[T](f); a != nil {
		for l := 0; l < lanes; l += fast.lane {
			a.taps(first(dst[l:]), tap, first(src[l:]), plane, min(fast.lane, lanes-l), first(tmp))
		}
		return
	}
	for l := range lanes {
		sandwich(f.g, true, dst[l:], 3*tap, tap, src[l:], f.n*plane, plane, tmp)
	}
}

// sandwich computes dst = M x M^T, or M^T x M when transposed, of strided small matrices.
func sandwich[T Float](m [][]float64, transposed bool, dst []T, di, dj int, x []T, xi, xj int, tmp []T) {
	rows, inner := len(m), len(m[0])
	at := func(i, k int) T { return T(m[i][k]) }
	if transposed {
		rows, inner = inner, rows
		at = func(i, k int) T { return T(m[k][i]) }
	}
	for i := range rows {
		for c := range inner {
			var s T
			for k := range inner {
				s += at(i, k) * x[k*xi+c*xj]
			}
			tmp[i*inner+c] = s
		}
	}
	for i := range rows {
		for j := range rows {
			var s T
			for k := range inner {
				s += tmp[i*inner+k] * at(j, k)
			}
			dst[i*di+j*dj] = s
		}
	}
}
