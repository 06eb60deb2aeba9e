package pickle

import (
	"errors"
	"fmt"
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
		b, ok := subject.(Builder)
		if !ok {
			return fmt.Errorf("BUILD on %s", Kind(subject))
		}
		if err := b.Build(arg); err != nil {
			return fmt.Errorf("BUILD: %w", err)
		}
		return d.push(subject, 64)
	}
	return d.call(op, subject, arg)
}

// global pushes a name that the table has.
func (d *Decoder) global(g Global) error {
	if _, ok := d.Table[g]; !ok {
		return fmt.Errorf("global not allowed: %.200q", g.String())
	}
	return d.push(g, 64)
}

// call applies one of the table's functions.
func (d *Decoder) call(op byte, subject, arg any) error {
	g, ok := subject.(Global)
	if !ok {
		return fmt.Errorf("a call of %s", Kind(subject))
	}
	args, ok := arg.(*Tuple)
	if !ok {
		return fmt.Errorf("a call of %q with %s, want a tuple", g.String(), Kind(arg))
	}
	f := d.Table[g].Reduce
	if op == opNewObj {
		f = d.Table[g].New
	}
	if f == nil {
		return fmt.Errorf("calling %q is not allowed", g.String())
	}
	if err := d.charge(weight(args.Items)); err != nil {
		return err
	}
	v, err := f(args.Items)
	if err != nil {
		return fmt.Errorf("%s: %w", g, err)
	}
	return d.push(v, 256)
}

// weight bounds the memory that a call takes for its arguments, which may be shared by many calls.
func weight(args []any) int64 {
	n := int64(0)
	for _, a := range args {
		switch a := a.(type) {
		case string:
			n += int64(len(a))
		case *List:
			n += 64 * int64(len(a.Items))
		case *Tuple:
			n += 64 * int64(len(a.Items))
		}
	}
	return n
}

// errArgs is the error of a function of the table that was given the wrong arguments.
var errArgs = errors.New("unexpected arguments")
