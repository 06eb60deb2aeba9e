package gorgonia

import (
	"gorgonia.org/tensor"

	"tweedie/autodiff"
)

// FromParam returns p as a Dense of float32 that shares p's storage. After writing to it call p.Touch; before that no
// scope that used p may be open. The errors are those of Dense.
func FromParam(p *autodiff.Param) (*tensor.Dense, error) { return Dense(p.Shape(), p.Data()) }

// ToParam returns d, of float32, as a trainable parameter. It shares d's memory when shared is true and is a copy
// otherwise: see Host. After writing to d call Touch. The errors are those of Host.
func ToParam(name string, d *tensor.Dense) (p *autodiff.Param, shared bool, err error) {
	data, shape, shared, err := Host[float32](d)
	if err != nil {
		return nil, false, err
	}
	return autodiff.NewParamOver(name, shape, data), shared, nil
}

// FromVar returns v as a Dense that shares v's storage. That storage serves another Var as soon as v's scope is closed:
// Clone the Dense to keep it longer. It is for reading: what a tape has recorded must not change. The errors are those
// of Dense, or one that says why v has no storage.
func FromVar(v autodiff.Var) (d *tensor.Dense, err error) {
	defer autodiff.Catch(&err)
	if v.DType() == autodiff.F64 {
		return Dense(v.Shape(), autodiff.Host[float64](v))
	}
	return Dense(v.Shape(), autodiff.Host[float32](v))
}

// Const returns a copy of d in s, converted to the scope's element type. The errors are those of Host, for either type.
func Const(s *autodiff.Scope, d *tensor.Dense) (v autodiff.Var, err error) {
	defer autodiff.Catch(&err)
	f32, f64, shape, err := either(d)
	switch {
	case err != nil:
		return autodiff.Var{}, err
	case f32 != nil:
		return s.Const32(shape, f32), nil
	}
	return s.Const64(shape, f64), nil
}

// Set copies d into v, converted to v's element type. The error is that of Const, or a *autodiff.ShapeError when the
// shapes differ.
func Set(v autodiff.Var, d *tensor.Dense) (err error) {
	defer autodiff.Catch(&err)
	f32, f64, shape, err := either(d)
	switch {
	case err != nil:
		return err
	case v.Shape() != shape:
		return &autodiff.ShapeError{Op: "gorgonia.Set", Shapes: []autodiff.Shape{v.Shape()}, Msg: "the tensor has shape " + shape.String()}
	case f32 != nil:
		v.Set32(f32)
	default:
		v.Set64(f64)
	}
	return nil
}

// either is the elements of d in the one of the two types that it has; the other is nil.
func either(d *tensor.Dense) (f32 []float32, f64 []float64, shape autodiff.Shape, err error) {
	single, err := isSingle(d)
	switch {
	case err != nil:
	case single:
		f32, shape, _, err = Host[float32](d)
	default:
		f64, shape, _, err = Host[float64](d)
	}
	return f32, f64, shape, err
}
