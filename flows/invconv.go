package flows

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
)

// invConv multiplies the channels of every pixel by one invertible matrix W [C,C], a random rotation at first (Kingma
// and Dhariwal 2018, section 3.2):
//
//	forward  y = W x, log-determinant H W ln|det W|      inverse  x = W^{-1} y
//
// With factors, W = P (L*l_mask + I)(U*u_mask + diag(s_sign e^{w_s})) and ln|det W| = sum w_s. Parameters: weight
// [C,C,1,1]; or w_l, w_u [C,C] and w_s [C], with the constants w_p, u_mask, l_mask, l_eye [C,C] and s_sign [C].
type invConv struct {
	name                      string
	channels                  int
	weight                    *autodiff.Param // nil with factors
	l, s, u                   *autodiff.Param
	p, uMask, lMask, sign, id *autodiff.Param
	params                    []*autodiff.Param
}

func newInvConv(p layers.Path, channels int, factors bool) *invConv {
	v := &invConv{name: p.Local(), channels: channels}
	n := channels
	matrix := autodiff.S(n, n)
	w := rotation(n, p.Key())
	if !factors {
		v.weight = p.Param("weight", autodiff.S(n, n, 1, 1), layers.Zero())
		v.params = []*autodiff.Param{v.weight}
		for i, x := range w {
			v.weight.Data()[i] = float32(x)
		}
		return v
	}
	v.l, v.s, v.u = p.Param("w_l", matrix, layers.Zero()), p.Param("w_s", autodiff.S(n), layers.Zero()), p.Param("w_u", matrix, layers.Zero())
	v.p, v.uMask, v.lMask = p.Buffer("w_p", matrix, 0), p.Buffer("u_mask", matrix, 0), p.Buffer("l_mask", matrix, 0)
	v.sign, v.id = p.Buffer("s_sign", autodiff.S(n), 1), p.Buffer("l_eye", matrix, 0)
	v.params = []*autodiff.Param{v.l, v.s, v.u, v.p, v.uMask, v.lMask, v.sign, v.id}
	var e elimination
	factor(&e, w, n)
	for i := range n {
		d := e.lu[i*n+i]
		v.p.Data()[e.rows[i]*n+i], v.id.Data()[i*n+i] = 1, 1
		v.s.Data()[i], v.sign.Data()[i] = float32(math.Log(math.Abs(d))), float32(math.Copysign(1, d))
		for j := range n {
			if x := float32(e.lu[i*n+j]); j < i {
				v.l.Data()[i*n+j], v.lMask.Data()[i*n+j] = x, 1
			} else if j > i {
				v.u.Data()[i*n+j], v.uMask.Data()[i*n+j] = x, 1
			}
		}
	}
	return v
}

// rotation returns a random orthogonal n x n matrix: normal rows, each made orthogonal to those before.
func rotation(n int, key rng.Key) []float64 {
	w := make([]float64, n*n)
	key.Stream().FillNorm(w)
	for i := range n {
		row := w[i*n : (i+1)*n]
		for k := range 2 * i { // twice, against rounding
			other := w[k%i*n : (k%i+1)*n]
			dot := 0.0
			for j := range n {
				dot += row[j] * other[j]
			}
			for j := range n {
				row[j] -= dot * other[j]
			}
		}
		norm := 0.0
		for _, x := range row {
			norm += x * x
		}
		for j := range row {
			row[j] /= math.Sqrt(norm)
		}
	}
	return w
}

// matrix returns W [C,C] and ln|det W| [1].
func (v *invConv) matrix(c *autodiff.Scope) (w, logdet autodiff.Var) {
	if v.weight != nil {
		w = c.Reshape(c.Param(v.weight), autodiff.S(v.channels, v.channels))
		return w, c.Reshape(logAbsDet(c, w), autodiff.S(1))
	}
	scales, id := c.Param(v.s), c.Param(v.id)
	l := c.Add(c.Mul(c.Param(v.l), c.Param(v.lMask)), id)
	u := c.Add(c.Mul(c.Param(v.u), c.Param(v.uMask)), c.Mul(id, c.Mul(c.Param(v.sign), c.Exp(scales))))
	w = c.MatMul(c.MatMul(c.Param(v.p), l, false, false), u, false, false)
	return w, c.Reshape(c.SumAll(scales), autodiff.S(1))
}

func (v *invConv) forward(s *autodiff.Scope, x autodiff.Var) (y, logdet autodiff.Var) {
	return v.run(s, x, false)
}

func (v *invConv) inverse(s *autodiff.Scope, y autodiff.Var) (x, logdet autodiff.Var) {
	return v.run(s, y, true)
}

func (v *invConv) run(s *autodiff.Scope, x autodiff.Var, back bool) (y, logdet autodiff.Var) {
	c := s.Enter(v.name)
	w, l := v.matrix(c)
	pixels := float64(x.Dim(2) * x.Dim(3))
	if back {
		w, pixels = inverse(c, w), -pixels
	}
	y = c.Conv(x, c.Reshape(w, autodiff.S(v.channels, v.channels, 1, 1)), pointwise)
	logdet = spread(c, c.Scale(l, pixels), x)
	c.Close(y, logdet)
	return y, logdet
}

var pointwise = autodiff.ConvSpec{Stride: [3]int{1, 1}, Dilation: [3]int{1, 1}, Groups: 1}

// check returns an error that names the first constant on which the log-determinant cannot rely.
func (v *invConv) check() error {
	if v.weight != nil {
		return nil
	}
	n := v.channels
	rows, columns := make([]int, n), make([]int, n)
	for i := range n {
		if s := v.sign.Data()[i]; s != 1 && s != -1 {
			return fmt.Errorf("%s: element %d is %v; want 1 or -1", v.sign.Name(), i, s)
		}
		for j := range n {
			at := i*n + j
			for _, m := range []struct {
				p    *autodiff.Param
				want bool
			}{{v.uMask, j > i}, {v.lMask, j < i}, {v.id, j == i}} {
				want := float32(0)
				if m.want {
					want = 1
				}
				if got := m.p.Data()[at]; got != want {
					return fmt.Errorf("%s: element [%d,%d] is %v; want %v", m.p.Name(), i, j, got, want)
				}
			}
			switch v.p.Data()[at] {
			case 0:
			case 1:
				rows[i]++
				columns[j]++
			default:
				return fmt.Errorf("%s: element [%d,%d] is %v; want a permutation, of zeros and ones", v.p.Name(), i, j, v.p.Data()[at])
			}
		}
	}
	for i := range n {
		if rows[i] != 1 || columns[i] != 1 {
			return fmt.Errorf("%s: row %d has %d ones and column %d has %d; want a permutation", v.p.Name(), i, rows[i], i, columns[i])
		}
	}
	return nil
}
