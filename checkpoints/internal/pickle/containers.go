package pickle

import (
	"errors"
	"fmt"
	"slices"
)

// container makes a tuple, list, dict or set of what lies on the stack.
func (d *Decoder) container(op byte) error {
	var items []any
	var err error
	switch op {
	case opTuple, opList, opDict, opFrozenSet:
		items, err = d.popMark()
	case opTuple1, opTuple2, opTuple3:
		items, err = d.popN(int(op) - opTuple1 + 1)
	}
	if err != nil {
		return err
	}
	items = slices.Clone(items)
	size := 64 + 16*int64(len(items))
	switch op {
	case opEmptyList, opList:
		return d.push(&List{items}, size)
	case opEmptySet, opFrozenSet:
		return d.push(&Set{items}, size)
	case opEmptyDict, opDict:
		dict := &Dict{}
		if err := d.fill(dict, items); err != nil {
			return err
		}
		return d.push(dict, 128)
	}
	return d.push(&Tuple{items}, size)
}

// fill sets items, alternately key and value.
func (d *Decoder) fill(dict *Dict, items []any) error {
	if len(items)%2 != 0 {
		return errors.New("a key without value")
	}
	for i := 0; i < len(items); i += 2 {
		if err := dict.Set(items[i], items[i+1]); err != nil {
			return err
		}
	}
	return d.charge(64 * int64(len(items)))
}

// extend adds what lies on the stack to the container below it.
func (d *Decoder) extend(op byte) error {
	var items []any
	var err error
	switch op {
	case opAppend:
		items, err = d.popN(1)
	case opSetItem:
		items, err = d.popN(2)
	default:
		items, err = d.popMark()
	}
	if err != nil {
		return err
	}
	into, err := d.peek()
	if err != nil {
		return err
	}
	switch c := into.(type) {
	case *List:
		if op == opAppend || op == opAppends {
			c.Items = append(c.Items, items...)
			return d.charge(32 * int64(len(items)))
		}
	case *Dict:
		if op == opSetItem || op == opSetItems {
			return d.fill(c, items)
		}
	case *Set:
		if op == opAddItems {
			c.Items = append(c.Items, items...)
			return d.charge(32 * int64(len(items)))
		}
	case *Object:
		if op == opSetItem || op == opSetItems {
			return d.fill(c.dict(), items)
		}
		c.append(items)
		return d.charge(32 * int64(len(items)))
	}
	return fmt.Errorf("opcode %q on %s", op, Kind(into))
}
