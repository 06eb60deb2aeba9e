package arrays

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"tweedie/internal/config"
)

// nest is a walk through the text of a nested array.
type nest struct {
	values Values
	counts []int // elements so far of each list that is open
	rank   int   // depth of the numbers, -1 before the first one
}

// readInline reads numbers whose shape is that of the nested lists around them.
func readInline(text []byte) (Values, error) {
	n := nest{rank: -1}
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		token, err := dec.Token()
		var large *json.UnmarshalTypeError
		if errors.As(err, &large) {
			return Values{}, n.errorf("is no array of numbers: the %s is beyond 1.8e308", large.Value)
		}
		if err != nil {
			return Values{}, n.errorf("is no array of numbers: %w", err)
		}
		if err := n.take(token); err != nil {
			return Values{}, err
		}
		if len(n.counts) == 0 {
			if n.rank < 0 && n.values.Shape == nil {
				return Values{}, n.errorf("is empty")
			}
			return n.values, nil
		}
	}
}

// take goes on by one token.
func (n *nest) take(token json.Token) error {
	switch v := token.(type) {
	case json.Delim:
		switch v {
		case '[':
			if n.rank >= 0 && len(n.counts) >= n.rank {
				return n.errorf("is a list where others are numbers; the array is ragged")
			}
			n.counts = append(n.counts, 0)
			return nil
		case ']':
			return n.close()
		}
		return n.errorf("is an object; it must be a number or a list of numbers")
	case float64:
		return n.number(v)
	case bool:
		if v {
			return n.number(1)
		}
		return n.number(0)
	case nil:
		return n.number(math.NaN())
	}
	return n.errorf("is the string %.40q; it must be a number, or null where one is missing", fmt.Sprint(token))
}

// number takes one number.
func (n *nest) number(v float64) error {
	if n.rank < 0 && n.values.Shape == nil {
		n.rank = len(n.counts)
		n.values.Shape = make([]int, n.rank)
		for i := range n.values.Shape {
			n.values.Shape[i] = -1
		}
	}
	if len(n.counts) != n.rank {
		return n.errorf("is a number where others are lists; the array is ragged")
	}
	n.values.Data = append(n.values.Data, v)
	n.count()
	return nil
}

// count counts an element of the innermost list.
func (n *nest) count() {
	if len(n.counts) > 0 {
		n.counts[len(n.counts)-1]++
	}
}

// close ends the innermost list, which must be as long as those before it.
func (n *nest) close() error {
	depth := len(n.counts) - 1
	length := n.counts[depth]
	n.counts = n.counts[:depth]
	switch {
	case length == 0:
		return n.errorf("is an empty list; it must hold numbers")
	case n.values.Shape[depth] < 0:
		n.values.Shape[depth] = length
	case n.values.Shape[depth] != length:
		return n.errorf("is a list of %d and the one before of %d; the array is ragged", length, n.values.Shape[depth])
	}
	n.count()
	return nil
}

// errorf names the element at which the walk is.
func (n *nest) errorf(format string, args ...any) error {
	field := ""
	for _, c := range n.counts {
		field += fmt.Sprintf("[%d]", c)
	}
	err := fmt.Errorf(format, args...)
	return config.Errorf("", field, "%s", err)
}
