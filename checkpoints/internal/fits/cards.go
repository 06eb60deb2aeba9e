package fits

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"tweedie/checkpoints/internal/store"
)

const (
	blockSize = 2880
	cardSize  = 80
)

// header is the cards of a header that have values. The first card of a keyword counts.
type header struct {
	keys   []string
	values map[string]any // bool, int64, *big.Int, float64 or string
}

// card reads one card: a keyword in 8 characters, "= " and a value; others are comments.
func (h *header) card(c string) error {
	key := strings.TrimRight(c[:8], " ")
	if key == "" || key == "COMMENT" || key == "HISTORY" || c[8:10] != "= " {
		return nil
	}
	v, ok := value(c[10:])
	if !ok {
		return fmt.Errorf("the card %q has no value that can be read", strings.TrimRight(c, " "))
	}
	if _, twice := h.values[key]; v == nil || twice {
		return nil
	}
	h.keys = append(h.keys, key)
	h.values[key] = v
	return nil
}

// value reads the value of a card, nil when there is none: T or F, a number, or a string in quotes, in which a
// quote is written twice. A slash begins a comment.
func value(s string) (any, bool) {
	s = strings.TrimLeft(s, " ")
	if strings.HasPrefix(s, "'") {
		var b strings.Builder
		for s = s[1:]; ; {
			text, rest, ok := strings.Cut(s, "'")
			b.WriteString(text)
			if !ok {
				return nil, false
			}
			if !strings.HasPrefix(rest, "'") {
				return strings.TrimRight(b.String(), " "), true
			}
			b.WriteByte('\'')
			s = rest[1:]
		}
	}
	s, _, _ = strings.Cut(s, "/")
	switch s = strings.TrimSpace(s); s {
	case "":
		return nil, true
	case "T":
		return true, true
	case "F":
		return false, true
	}
	if strings.Trim(s, "+-0123456789.EDed") != "" {
		return s, true // complex numbers and dates stay text
	}
	if n, ok := new(big.Int).SetString(s, 10); ok {
		if n.IsInt64() {
			return n.Int64(), true
		}
		return n, true
	}
	x, err := strconv.ParseFloat(strings.NewReplacer("D", "E", "d", "e").Replace(s), 64)
	if err != nil {
		return s, true
	}
	return x, true
}

// integer is the value of a keyword that must be there, in 0..most.
func (h *header) integer(key string, most int64) (int64, error) {
	n, ok := h.values[key].(int64)
	if !ok || n < 0 || n > most {
		return 0, fmt.Errorf("%s is %v, want an integer in 0..%d", key, told(h.values[key]), most)
	}
	return n, nil
}

// number is the value of a keyword that is a number, or what it is without one.
func (h *header) number(key string, otherwise float64) (float64, error) {
	switch v := h.values[key].(type) {
	case nil:
		return otherwise, nil
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	}
	return 0, fmt.Errorf("%s is %v, want a number", key, told(h.values[key]))
}

// text is the value of a keyword that is a string; "" without one.
func (h *header) text(key string) string {
	s, _ := h.values[key].(string)
	return s
}

// told writes a value of a card for an error.
func told(v any) string {
	switch v := v.(type) {
	case nil:
		return "missing"
	case string:
		return fmt.Sprintf("%.80q", v)
	}
	return fmt.Sprint(v)
}

// structure are the keywords that say how data lie in the file; with a number at the end, the second ones.
var (
	structure = []string{"SIMPLE", "XTENSION", "BITPIX", "NAXIS", "EXTEND", "PCOUNT", "GCOUNT", "GROUPS", "TFIELDS", "BSCALE", "BZERO", "BLANK", "EXTNAME", "CHECKSUM", "DATASUM"}
	numbered  = []string{"NAXIS", "TTYPE", "TFORM", "TDIM", "TSCAL", "TZERO", "TUNIT", "TDISP", "TNULL"}
)

// listed returns the cards that say something besides the structure.
func (h *header) listed(prefix string) (vs []store.Value) {
	for _, k := range h.keys {
		if !slices.Contains(structure, k) && !slices.Contains(numbered, strings.TrimRight(k, "0123456789")) {
			vs = append(vs, store.Value{Name: prefix + k, V: h.values[k]})
		}
	}
	return vs
}
