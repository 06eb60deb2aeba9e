package main

import . "github.com/mmcloughlin/avo/build"

// The maps of F(2,3), at the points 0, 1, -1, and of F(4,3), at 0, 1, -1, 2, -2 (Lavin
// and Gray, arXiv:1509.09308, section 4). Where q is 0 they are those of doubling, and of
// halving where there are four pixels or one.

// mapB is B^T.
func (f filtering) mapB() linear {
	v := f.v
	if f.q == 0 {
		return func(d []vec) []vec {
			if f.in == 4 {
				return []vec{v.add(d[1], d[2]), v.sub(d[0], d[2]), v.sub(d[3], d[1])}
			}
			return []vec{d[1], v.sub(d[0], d[1]), v.sub(d[1], d[2])}
		}
	}
	if f.m == 2 {
		return func(d []vec) []vec {
			return []vec{v.sub(d[0], d[2]), v.add(d[1], d[2]), v.sub(d[2], d[1]), v.sub(d[1], d[3])}
		}
	}
	four, two := v.copy(num(4)), v.copy(num(2))
	return func(d []vec) []vec {
		c, f, u, w := v.sub(d[4], d[2]), v.sub(d[3], d[1]), v.sub(d[0], d[2]), v.sub(d[5], d[3])
		v.mulAdd(u, four, c) // 4 d0 - 5 d2 + d4
		v.subMul(w, f, four) // 4 d1 - 5 d3 + d5
		v.subMul(d[4], d[2], four)
		v.subMul(d[3], d[1], four)
		p, q := v.add(d[4], d[3]), v.sub(d[4], d[3])
		r := v.reg()
		VMOVAPS(c, r)
		v.addMul(c, f, two)
		v.subMul(r, f, two)
		return []vec{u, p, q, c, r, w}
	}
}

// mapAT is A^T.
func (f filtering) mapAT() linear {
	v := f.v
	if f.q == 0 {
		return func(p []vec) []vec {
			if f.m == 1 {
				return []vec{v.add(v.add(p[0], p[1]), p[2])}
			}
			return []vec{v.add(p[0], p[1]), v.sub(p[0], p[2])}
		}
	}
	if f.m == 2 {
		return func(p []vec) []vec {
			return []vec{v.add(v.add(p[0], p[1]), p[2]), v.sub(v.sub(p[1], p[2]), p[3])}
		}
	}
	two, four, eight := v.copy(num(2)), v.copy(num(4)), v.copy(num(8))
	return func(p []vec) []vec {
		a, b, c, d := v.add(p[1], p[2]), v.sub(p[1], p[2]), v.add(p[3], p[4]), v.sub(p[3], p[4])
		y0, y3 := v.add(v.add(p[0], a), c), v.add(p[5], b)
		v.addMul(y3, d, eight)
		v.addMul(b, d, two)
		v.addMul(a, c, four)
		return []vec{y0, b, a, y3}
	}
}

// mapA is A.
func (f filtering) mapA() linear {
	v := f.v
	if f.q == 0 {
		return func(y []vec) []vec { return []vec{v.add(y[0], y[1]), y[0], v.sub(v.zero(), y[1])} }
	}
	if f.m == 2 {
		return func(y []vec) []vec {
			return []vec{y[0], v.add(y[0], y[1]), v.sub(y[0], y[1]), v.sub(v.zero(), y[1])}
		}
	}
	two, four := v.copy(num(2)), v.copy(num(4))
	return func(y []vec) []vec {
		e, o := v.add(y[0], y[2]), v.add(y[1], y[3])
		p, q := v.add(e, o), v.sub(e, o)
		v.mulAdd(y[2], four, y[0]) // y0 + 4 y2
		v.addMul(y[1], y[3], four) // y1 + 4 y3
		r := v.reg()
		VMOVAPS(y[2], r)
		v.addMul(y[2], y[1], two)
		v.subMul(r, y[1], two)
		return []vec{y[0], p, q, y[2], r, y[3]}
	}
}

// mapG is G.
func (f filtering) mapG() linear {
	v := f.v
	if f.q == 0 {
		return func(g []vec) []vec { return []vec{v.add(v.add(g[0], g[1]), g[2]), g[0], g[2]} }
	}
	if f.m == 2 {
		half := v.copy(num(0.5))
		return func(g []vec) []vec {
			s, b := v.mul(v.add(g[0], g[2]), half), v.mul(g[1], half)
			return []vec{g[0], v.add(s, b), v.sub(s, b), g[2]}
		}
	}
	quarter, sixth, twelfth, half := v.copy(num(1./4)), v.copy(num(-1./6)), v.copy(num(1./12)), v.copy(num(1./24))
	return func(g []vec) []vec {
		s, b, e, o := v.mul(v.add(g[0], g[2]), sixth), v.mul(g[1], sixth), v.mul(g[0], half), v.mul(g[1], twelfth)
		v.subMul(e, g[2], sixth) // g0/24 + g2/6
		return []vec{v.mul(g[0], quarter), v.add(s, b), v.sub(s, b), v.add(e, o), v.sub(e, o), g[2]}
	}
}

// mapGT is G^T.
func (f filtering) mapGT() linear {
	v := f.v
	if f.q == 0 {
		return func(u []vec) []vec { return []vec{v.add(u[0], u[1]), u[0], v.add(u[0], u[2])} }
	}
	if f.m == 2 {
		half := v.copy(num(0.5))
		return func(u []vec) []vec {
			s, d := v.mul(v.add(u[1], u[2]), half), v.mul(v.sub(u[1], u[2]), half)
			return []vec{v.add(u[0], s), d, v.add(u[3], s)}
		}
	}
	quarter, sixth, twelfth := v.copy(num(1./4)), v.copy(num(1./6)), v.copy(num(1./12))
	return func(u []vec) []vec {
		s, d, e, o := v.mul(v.add(u[1], u[2]), sixth), v.sub(u[2], u[1]), v.mul(v.add(u[3], u[4]), sixth), v.sub(u[3], u[4])
		a := v.sub(v.mul(e, quarter), s)
		v.addMul(a, u[0], quarter)
		b := v.mul(d, sixth)
		v.addMul(b, o, twelfth)
		return []vec{a, b, v.add(v.sub(e, s), u[5])}
	}
}
