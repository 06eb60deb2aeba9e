package checkpoints

import (
	"fmt"
	"math/big"
	"strconv"
	"unicode/utf8"

	"tweedie/checkpoints/internal/pickle"
)

// Value holds something in a file besides its tensors: a step, a learning rate, an argument of the training program. V
// is nil, a bool, int64, *big.Int, float64, string or []byte, or a []any of these.
type Value struct {
	Name string
	V    any
}

// Value returns the value of that name, and whether there is one.
func (f *File) Value(name string) (any, bool) {
	for _, v := range f.Values {
		if v.Name == name {
			return v.V, true
		}
	}
	return nil, false
}

const maxBytes = 1 << 20 // of a value; longer ones are left out

// scalar returns what is a value by itself; false for containers and tensors.
func scalar(v any) (any, bool, error) {
	switch v := v.(type) {
	case nil, bool, int64, *big.Int, float64, string:
		return v, true, nil
	case pickle.Global: // a dtype
		return v.String(), true, nil
	case *pickle.Bytes:
		if v.Size() > maxBytes {
			return nil, false, nil
		}
		b, err := v.ReadAll(maxBytes)
		return b, true, err
	}
	return nil, false, nil
}

// keyName writes the i-th key of a dict: #i for one that is no number and no name.
func keyName(i int, k any) string {
	switch k := k.(type) {
	case string:
		return k
	case bool:
		return map[bool]string{true: "True", false: "False"}[k]
	case nil:
		return "None"
	case int64, float64, *big.Int, pickle.Global:
		return fmt.Sprint(k)
	case *pickle.Bytes: // a name that Python 2 wrote
		if b, err := k.ReadAll(maxKey); err == nil && utf8.Valid(b) {
			return string(b)
		}
	}
	return "#" + strconv.Itoa(i)
}

const maxKey = 256 // bytes of a name
