package kernel

// copyRect computes dst[r pitch + i] = src[r from + i] + add, r < rows, i < n.
func copyRect[T Float](dst []T, pitch int, src []T, from, rows, n int, add T) {
	if isSingle[T]() && fast.copyBlock != nil {
		fast.copyBlock(first(dst), pitch, first(src), from, rows, n, float32(add))
		return
	}
	for r := range rows {
		d, s := dst[r*pitch:r*pitch+n], src[r*from:r*from+n]
		for i, v := range s {
			d[i] = v + add
		}
	}
}

// addRect computes dst[r pitch + i] += src[r from + i], r < rows, i < n.
func addRect[T Float](dst []T, pitch int, src []T, from, rows, n int) {
	if isSingle[T]() && fast.addRows != nil {
		fast.addRows(first(dst), pitch, first(src), from, rows, n)
		return
	}
	for r := range rows {
		axpy(1, src[r*from:r*from+n], dst[r*pitch:r*pitch+n])
	}
}
