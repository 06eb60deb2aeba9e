package kernel

// weightsPlane is the distance between planes of U of count output channels.
func (j *winoJob[T]) weightsPlane(count int) int { return j.tile.sizeA(count, j.p.C) + planeGap }

// weights computes one panel of U, output channel from+at and those after it, of an array of count
// channels beginning with from, packed as packA packs.
func (j *winoJob[T]) weights(u []T, from, count, at int) {
	const most = 32 // input channels at once
	p, g, plane := &j.p, j.tile, j.weightsPlane(count)
	ka, r := from+at, min(g.rows, count-at)
	buf, tmp := borrow[T](most*9*g.pitch+16), borrow[T](j.f.points()*laneOf[T]())
	off := borrowOffsets(g.pitch)
	kc := part(p.C)
	for c0 := 0; c0 < p.C; c0 += kc {
		k := min(kc, p.C-c0)
		dst := u[g.sizeA(count, c0)+g.sizeA(at, k):]
		for c := 0; c < k; c += most {
			n := min(most, k-c)
			origin, tap := 0, g.pitch
			if j.adjoint {
				origin, tap = 8*g.pitch, -g.pitch
				offsets(off.at, r, 9)
				for q := range n {
					gatherCols(buf.buf[q*9*g.pitch:], g.pitch, j.w[((c0+c+q)*p.K+ka)*9:], off.at, 9)
				}
			} else {
				gatherCols(buf.buf, g.pitch, j.w[(ka*p.C+c0+c)*9:], offsets(off.at, r, p.C*9), 9*n)
			}
			runWeight(j.f, dst[c*g.pitch:], plane, g.pitch, buf.buf, origin, tap, 9*g.pitch, g.pitch, n, tmp.buf)
		}
	}
	off.free()
	tmp.free()
	buf.free()
}
