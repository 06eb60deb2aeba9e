package kernel

// repeated copies rows [h0,h1) and columns [w0,w1) of a plane from x with rows of w, whose
// every element it has in 2x2.
func repeated[T Float](dst []T, pitch int, x []T, w, h0, h1, w0, w1 int) {
	x = x[h0/2*w:]
	if h0%2 == 1 { // the second of two rows
		repeatColumns(dst, 0, 0, x, w, 1, w0, w1)
		dst, x, h0 = dst[pitch:], x[w:], h0+1
	}
	if rows := (h1 - h0) / 2; rows > 0 {
		repeatColumns(dst, 2*pitch, pitch, x, w, rows, w0, w1)
	}
	if h1 > h0 && h1%2 == 1 { // the first of two rows
		repeatColumns(dst[(h1-1-h0)*pitch:], 0, 0, x[(h1-1-h0)/2*w:], w, 1, w0, w1)
	}
}

// repeatColumns copies columns [w0,w1) of rows, pitch apart, and as often twin further.
func repeatColumns[T Float](dst []T, pitch, twin int, x []T, w, rows, w0, w1 int) {
	single := func(to, from int) {
		for r := range rows {
			v := x[r*w+from]
			dst[r*pitch+to], dst[r*pitch+to+twin] = v, v
		}
	}
	if w1%2 == 1 {
		w1--
		single(w1-w0, w1/2)
	}
	if w0%2 == 1 {
		single(0, w0/2)
		dst, w0 = dst[1:], w0+1
	}
	if w1 > w0 {
		repeatRect(dst, pitch, twin, x[w0/2:], w, rows, (w1-w0)/2)
	}
}

// repeatRect sets dst[r pitch + 2i] and the next, and both of the row twin further, to src[r from + i], r < rows, i < n.
func repeatRect[T Float](dst []T, pitch, twin int, src []T, from, rows, n int) {
	if isSingle[T]() && fast.repeatRows != nil {
		fast.repeatRows(first(dst), pitch, twin, first(src), from, rows, n)
		return
	}
	for r := range rows {
		row := dst[r*pitch:][:2*n]
		repeatPairs(row, src[r*from:][:n], 1)
		copy(dst[r*pitch+twin:], row)
	}
}

// halved writes channel k of a block to y [N,K,out/2], every element the sum of 2x2. A
// block begins and ends at even rows and columns.
func halved[T Float](t *tileBlock, p *ConvArgs, y, src []T, k int) {
	w := p.Out[2]
	for r := range t.rectangles(p, k) {
		halveRect(y[r.y/w/2*(w/2)+r.y%w/2:], w/2, src[r.at:], t.pitchOut(), r.rows/2, r.cols/2)
	}
}

// halveRect computes dst[r pitch + i] = the sum of src[(2r + a) from + 2i + b], a, b < 2, for r < rows, i < n.
func halveRect[T Float](dst []T, pitch int, src []T, from, rows, n int) {
	if isSingle[T]() && fast.halveRows != nil {
		fast.halveRows(first(dst), pitch, first(src), from, rows, n)
		return
	}
	for r := range rows {
		row, a, b := dst[r*pitch:][:n], src[2*r*from:][:2*n], src[(2*r+1)*from:][:2*n]
		for i := range row {
			row[i] = a[2*i] + a[2*i+1] + b[2*i] + b[2*i+1]
		}
	}
}
