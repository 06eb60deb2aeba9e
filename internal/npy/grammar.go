package npy

import (
	"fmt"
	"math"
	"strings"
)

// parser reads
//
//	dict   = { [pair {, pair} [,]] }        pair = string : value
//	string = ' chars ' | " chars "           no escapes
//	value  = string | True | False | tuple
//	tuple  = ( ) | ( int , {int ,} [int] )   int = 0 | [1-9][0-9]*
//
// with blanks between the tokens.
type parser struct {
	s  string
	at int
}

func (p *parser) errorf(format string, a ...any) error {
	return fmt.Errorf("at byte %d: "+format, append([]any{p.at}, a...)...)
}

func (p *parser) blanks() {
	for p.at < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.at]) >= 0 {
		p.at++
	}
}

// take skips blanks and reports whether tok follows, and then steps over it.
func (p *parser) take(tok string) bool {
	p.blanks()
	if !strings.HasPrefix(p.s[p.at:], tok) {
		return false
	}
	p.at += len(tok)
	return true
}

func (p *parser) text() (string, error) {
	for _, q := range []string{"'", `"`} {
		if p.take(q) {
			n := strings.IndexAny(p.s[p.at:], q+"\\\n")
			if n < 0 || p.s[p.at+n] != q[0] {
				return "", p.errorf("the string does not end")
			}
			t := p.s[p.at : p.at+n]
			p.at += n + 1
			return t, nil
		}
	}
	return "", p.errorf("want a string")
}

func (p *parser) boolean() (bool, error) {
	if p.take("True") {
		return true, nil
	}
	if p.take("False") {
		return false, nil
	}
	return false, p.errorf("want True or False")
}

func (p *parser) integer() (int, error) {
	p.blanks()
	n, digits := int64(0), 0
	for ; p.at < len(p.s) && p.s[p.at] >= '0' && p.s[p.at] <= '9'; p.at++ {
		n = 10*n + int64(p.s[p.at]-'0')
		if digits++; digits > 18 || digits > 1 && n < 10 {
			return 0, p.errorf("want an integer of at most 18 digits without leading zeros")
		}
	}
	if digits == 0 {
		return 0, p.errorf("want an integer")
	}
	if n > math.MaxInt {
		return 0, p.errorf("the integer overflows this machine's")
	}
	return int(n), nil
}

func (p *parser) tuple() ([]int, error) {
	if !p.take("(") {
		return nil, p.errorf("want a tuple of integers")
	}
	t := []int{}
	for comma := true; !p.take(")"); {
		if !comma {
			return nil, p.errorf("want a comma or ) in the tuple")
		}
		n, err := p.integer()
		if err != nil {
			return nil, err
		}
		if t = append(t, n); len(t) > maxRank {
			return nil, p.errorf("more than %d axes", maxRank)
		}
		comma = p.take(",")
		if !comma && len(t) == 1 {
			return nil, p.errorf("a tuple of one needs a comma")
		}
	}
	return t, nil
}

// parseHeader reads the dict literal; every field of Header but Offset is set.
func parseHeader(s string) (h Header, err error) {
	p := &parser{s: s}
	if !p.take("{") {
		return h, p.errorf("want {")
	}
	seen := map[string]bool{}
	var descr string
	for comma := true; !p.take("}"); {
		if !comma {
			return h, p.errorf("want a comma or }")
		}
		key, err := p.text()
		if err != nil {
			return h, err
		}
		if seen[key] {
			return h, p.errorf("key %q appears twice", key)
		}
		if seen[key] = true; !p.take(":") {
			return h, p.errorf("want : after %q", key)
		}
		switch key {
		case "descr":
			if p.take("[") {
				return h, p.errorf("descr: records of several fields are not read; save one field as an array of its own")
			}
			descr, err = p.text()
		case "fortran_order":
			h.Fortran, err = p.boolean()
		case "shape":
			h.Shape, err = p.tuple()
		default:
			return h, p.errorf("key %q; only descr, fortran_order and shape are known", key)
		}
		if err != nil {
			return h, fmt.Errorf("%s: %w", key, err)
		}
		comma = p.take(",")
	}
	if p.blanks(); p.at != len(s) {
		return h, p.errorf("text follows the dict")
	}
	if len(seen) != 3 {
		return h, fmt.Errorf("descr, fortran_order and shape must all be there")
	}
	if h.Kind, h.Size, h.Big, err = parseDescr(descr); err != nil {
		return h, err
	}
	var ok bool
	if h.Count, ok = product(h.Shape, h.Size); !ok {
		return h, fmt.Errorf("shape %v overflows", h.Shape)
	}
	return h, nil
}

// parseDescr reads an element type: an order < > | =, a kind, a size in bytes.
func parseDescr(d string) (kind byte, size int, big bool, err error) {
	const known = "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 c8 c16"
	refused := fmt.Errorf("element type %q is not read; known are %s with < (little-endian), > (big-endian) or | (single bytes)", d, known)
	if d == "|O" {
		return 0, 0, false, fmt.Errorf("the elements are Python objects (|O), such as a dict that numpy.save pickled; save the arrays in them with numpy.savez")
	}
	if len(d) < 3 || strings.ContainsRune(d, ' ') || !strings.Contains(" "+known+" ", " "+d[1:]+" ") {
		return 0, 0, false, refused
	}
	if kind, size = d[1], int(d[2]-'0'); d[2:] == "16" {
		size = 16
	}
	switch d[0] {
	case '<', '=', '>':
		return kind, size, d[0] == '>', nil
	case '|':
		if size == 1 {
			return kind, size, false, nil
		}
	}
	return 0, 0, false, refused
}
