package kernel

// gatherRows copies rows of width w: dst[k pitch + i] = src[off[k] + i].
func gatherRows[T Float](dst []T, pitch int, src []T, off []int, w int) {
	if len(off) == 0 || w == 0 {
		return
	}
	if !isSingle[T]() || fast.copyCols == nil {
		for k, o := range off {
			copy(dst[k*pitch:k*pitch+w], src[o:o+w])
		}
		return
	}
	d, s := single(dst), single(src)
	for at, step := 0, 32; at < w; {
		for step > w-at {
			step /= 2
		}
		fast.copyRows[step](&d[at], pitch, &s[at], &off[0], len(off))
		at += step
	}
}

// gatherCols copies runs into columns: dst[k pitch + j] = src[off[j] + k], k in [0,n).
// len(off) must be a multiple of four.
func gatherCols[T Float](dst []T, pitch int, src []T, off []int, n int) {
	if len(off) == 0 || n == 0 {
		return
	}
	if isSingle[T]() && fast.copyCols != nil {
		fast.copyCols(&single(dst)[0], pitch, &single(src)[0], &off[0], len(off)/4, n)
		return
	}
	for j, o := range off {
		for k, v := range src[o : o+n] {
			dst[k*pitch+j] = v
		}
	}
}

// offsets fills off with 0, step, 2 step, ...; entries from n on repeat the last one.
func offsets(off []int, n, step int) []int {
	for i := range off {
		off[i] = min(i, n-1) * step
	}
	return off
}

// indexList is a lent list of offsets.
type indexList struct{ at []int }

var indexLists freeList

// borrowOffsets lends a list of n offsets.
func borrowOffsets(n int) *indexList {
	l := take[float32, indexList](&indexLists)
	if cap(l.at) < n {
		l.at = make([]int, max(n, 2*depth))
	}
	l.at = l.at[:n]
	return l
}

func (l *indexList) free() { keep[float32](&indexLists, l) }
