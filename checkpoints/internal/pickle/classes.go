package pickle

import (
	"errors"
	"fmt"
	"slices"
)

// class runs the opcodes by which Python would import and call.
func (d *Decoder) class(op byte) error {
	switch op {
	case opGlobal:
		module, err := d.src.line()
		if err != nil {
			return err
		}
		name, err := d.src.line()
		if err != nil {
			return err
		}
		return d.global(Global{module, name})
	case opBinPersID:
		id, err := d.pop()
		if err != nil {
			return err
		}
		t, ok := id.(*Tuple)
		if !ok || d.Persistent == nil {
			return fmt.Errorf("a persistent id that is %s", Kind(id))
		}
		v, err := d.Persistent(t)
		if err != nil {
			return err
		}
		return d.push(v, 256)
	}
	var named *Dict // arguments that have names
	if op == opNewObjEx {
		v, err := d.pop()
		if err != nil {
			return err
		}
		var ok bool
		if named, ok = v.(*Dict); !ok {
			return fmt.Errorf("arguments with names that are %s, want a dict", Kind(v))
		}
	}
	pair, err := d.popN(2)
	if err != nil {
		return err
	}
	subject, arg := pair[0], pair[1]
	switch op {
	case opStackGlobal:
		module, ok1 := subject.(string)
		name, ok2 := arg.(string)
		if !ok1 || !ok2 {
			return fmt.Errorf("a global named by %s and %s", Kind(subject), Kind(arg))
		}
		return d.global(Global{module, name})
	case opBuild:
		err := errArgs
		if b, ok := subject.(Builder); ok {
			err = b.Build(arg)
		} else if !d.Foreign {
			return fmt.Errorf("BUILD on %s", Kind(subject))
		}
		if err != nil && (err != errArgs || !d.Foreign) {
			return fmt.Errorf("BUILD: %w", err)
		}
		return d.push(subject, 64)
	}
	return d.call(op, subject, arg, named)
}

// global pushes a name that the table has, or, where foreign names are data, any that runs nothing.
func (d *Decoder) global(g Global) error {
	if _, ok := d.Table[g]; ok {
		return d.push(g, 64)
	}
	if !d.Foreign || g.runs() {
		return fmt.Errorf("global not allowed: %.200q", g.String())
	}
	n := len(g.Module) + len(g.Name)
	if n > maxName {
		return fmt.Errorf("a name of %d bytes, the limit is %d: %.80q", n, maxName, g.String())
	}
	return d.push(g, 64+int64(n))
}

// call applies one of the table's functions; a call of another name is put down as an Object.
func (d *Decoder) call(op byte, subject, arg any, named *Dict) error {
	var g Global
	var f func([]any) (any, error)
	switch s := subject.(type) {
	case Global:
		g = s
		if f = d.Table[g].Reduce; op != opReduce {
			f = d.Table[g].New
		}
	case *Object: // of a partial, of what getattr yields
		g = s.Class
	default:
		return fmt.Errorf("a call of %s", Kind(subject))
	}
	args, ok := arg.(*Tuple)
	if !ok {
		return fmt.Errorf("a call of %q with %s, want a tuple", g.String(), Kind(arg))
	}
	if named != nil && len(named.Keys) > 0 {
		f = nil
	}
	if f == nil && !d.Foreign {
		return fmt.Errorf("calling %q is not allowed", g.String())
	}
	if f != nil {
		if err := d.charge(weight(args.Items)); err != nil {
			return err
		}
		v, err := f(args.Items)
		if err == nil {
			return d.push(v, 256)
		}
		if err != errArgs || !d.Foreign {
			return fmt.Errorf("%s: %w", g, err)
		}
	}
	o := &Object{Class: g, Called: op == opReduce, Args: args.Items}
	if named != nil && len(named.Keys) > 0 {
		o.Args = append(slices.Clone(args.Items), named)
	}
	return d.push(o, 256+16*int64(len(o.Args)))
}

// weight bounds the memory that a call takes for its arguments, which may be shared by many calls.
func weight(args []any) int64 {
	n := int64(0)
	for _, a := range args {
		switch a := a.(type) {
		case string:
			n += int64(len(a))
		case *Bytes:
			n += min(a.Size(), maxText)
		case *List:
			n += 64 * int64(len(a.Items))
		case *Tuple:
			n += 64 * int64(len(a.Items))
		}
	}
	return n
}

// errArgs is the error of a function of the table that was given other arguments than it knows; where foreign names are
// data, so is such a call.
var errArgs = errors.New("unexpected arguments")
