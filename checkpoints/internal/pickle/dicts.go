package pickle

import "slices"

// orderedDict makes an empty one, or, as Python 2 did, one of a list of pairs.
func orderedDict(args []any) (any, error) {
	d := &Dict{Ordered: true}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*List)
	if !ok || len(args) > 1 {
		return nil, errArgs
	}
	for _, p := range pairs.Items {
		var kv []any
		switch p := p.(type) {
		case *List:
			kv = p.Items
		case *Tuple:
			kv = p.Items
		}
		if len(kv) != 2 {
			return nil, errArgs
		}
		if err := d.Set(kv[0], kv[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// defaultDict makes an empty one; what it would make of a key that is missing is of no interest.
func defaultDict(args []any) (any, error) {
	if len(args) > 1 {
		return nil, errArgs
	}
	return &Dict{Ordered: true}, nil
}

// counter is the dict of its counts.
func counter(args []any) (any, error) {
	if len(args) == 0 {
		return &Dict{Ordered: true}, nil
	}
	d, ok := args[0].(*Dict)
	if !ok || len(args) > 1 {
		return nil, errArgs
	}
	return d, nil
}

// deque makes a list of (), of a list, or of one and the most that it may hold.
func deque(args []any) (any, error) {
	if len(args) > 2 {
		return nil, errArgs
	}
	l := &List{}
	if len(args) > 0 {
		switch a := args[0].(type) {
		case *List:
			l.Items = slices.Clone(a.Items)
		case *Tuple:
			l.Items = slices.Clone(a.Items)
		default:
			return nil, errArgs
		}
	}
	return l, nil
}
