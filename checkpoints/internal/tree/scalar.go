package tree

import (
	"fmt"
	"math/big"
	"strconv"
	"unicode/utf8"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

// scalar returns what is a value by itself; false for containers and tensors.
func scalar(v any) (any, bool, error) {
	switch v := v.(type) {
	case nil, bool, int64, *big.Int, float64, string:
		return v, true, nil
	case pickle.Global: // a dtype
		return v.String(), true, nil
	case *pickle.Bytes:
		if v.Size() > store.MaxValue {
			return nil, false, nil
		}
		b, err := v.ReadAll(store.MaxValue)
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
