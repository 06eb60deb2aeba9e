package pickle

import "fmt"

// Dict is a Python dict or OrderedDict, in the order of insertion.
type Dict struct {
	Keys, Values []any

	Ordered bool        // an OrderedDict, a defaultdict or a Counter
	index   map[any]int // of Keys, once there are many
}

const indexFrom = 8

// Set inserts or replaces. All but lists and dicts can be keys; but for numbers, strings and names, two are the same
// key only when they are the same value of the pickle.
func (d *Dict) Set(key, value any) error {
	switch key.(type) {
	case *List, *Dict:
		return fmt.Errorf("%s is the key of a dict", Kind(key))
	}
	if i := d.find(key); i >= 0 {
		d.Values[i] = value
		return nil
	}
	if d.index != nil {
		d.index[key] = len(d.Keys)
	}
	d.Keys, d.Values = append(d.Keys, key), append(d.Values, value)
	if d.index == nil && len(d.Keys) > indexFrom {
		d.index = make(map[any]int, 2*len(d.Keys))
		for i, k := range d.Keys {
			d.index[k] = i
		}
	}
	return nil
}

// Get returns the value of a key.
func (d *Dict) Get(key any) (any, bool) {
	if i := d.find(key); i >= 0 {
		return d.Values[i], true
	}
	return nil, false
}

func (d *Dict) find(key any) int {
	if d.index != nil {
		if i, ok := d.index[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range d.Keys {
		if k == key {
			return i
		}
	}
	return -1
}

// Build accepts and drops the attributes of an OrderedDict, such as the _metadata that torch hangs on a state.
func (d *Dict) Build(state any) error {
	if _, ok := state.(*Dict); !ok || !d.Ordered {
		return fmt.Errorf("a state of %s for %s", Kind(state), Kind(d))
	}
	return nil
}
