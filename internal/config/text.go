package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Bounds of a JSON text.
const (
	maxBytes = 64 << 20
	maxDepth = 64
)

// inspect says why data is not one JSON value of bounded size and depth in which every key of an object stands once.
func inspect(data []byte) error {
	if len(data) > maxBytes {
		return fmt.Errorf("the JSON text has %d bytes; it must have at most %d", len(data), maxBytes)
	}
	if err := syntax(data); err != nil {
		return err
	}
	return inspectKeys(data)
}

// syntax says where data stops being JSON.
func syntax(data []byte) error {
	if json.Valid(data) {
		return nil
	}
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	var bad *json.SyntaxError
	if !errors.As(err, &bad) {
		return err
	}
	at := place(data, int(bad.Offset))
	switch problem := bad.Error(); {
	case len(strings.TrimSpace(string(data))) == 0:
		return errors.New("the JSON text is empty")
	case problem == "unexpected end of JSON input":
		return fmt.Errorf("the JSON text ends too early, at %s", at)
	case strings.HasSuffix(problem, "after top-level value"):
		return fmt.Errorf("text follows the JSON value, at %s", at)
	default:
		return fmt.Errorf("the text is not JSON at %s: %s", at, problem)
	}
}

// place returns the line and the column of the byte before offset.
func place(data []byte, offset int) string {
	before := string(data[:max(0, min(offset, len(data))-1)])
	return fmt.Sprintf("line %d, column %d", 1+strings.Count(before, "\n"), len(before)-strings.LastIndexByte(before, '\n'))
}

// level is an object or a list that a walk through JSON is inside of.
type level struct {
	keys  map[string]bool // those met so far, nil in a list
	key   string          // the present one
	index int             // the present element of a list
}

// inspectKeys refuses keys that stand twice in an object of the valid JSON data, and more than maxDepth levels.
func inspectKeys(data []byte) error {
	var open []level
	wantKey := false
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			if len(open) == maxDepth {
				return fmt.Errorf("the JSON text has more than %d levels of objects and arrays, at %s", maxDepth, place(data, i+1))
			}
			open = append(open, level{})
			if wantKey = data[i] == '{'; wantKey {
				open[len(open)-1].keys = map[string]bool{}
			}
		case '}', ']':
			open = open[:len(open)-1]
		case ',':
			top := &open[len(open)-1]
			top.index++
			wantKey = top.keys != nil
		case '"':
			end := stringEnd(data, i)
			if wantKey {
				wantKey = false
				top := &open[len(open)-1]
				if top.key = unquote(data[i:end]); top.keys[top.key] {
					return &FieldError{Field: pathOf(open), Problem: "is given twice; give it once"}
				}
				top.keys[top.key] = true
			}
			i = end - 1
		}
	}
	return nil
}

// pathOf returns the path of the present place.
func pathOf(open []level) (path string) {
	for _, l := range open {
		if l.keys != nil {
			path = join(path, l.key)
		} else {
			path += fmt.Sprintf("[%d]", l.index)
		}
	}
	return path
}

// stringEnd returns the place after the string that begins at data[i].
func stringEnd(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unquote returns the value of a JSON string.
func unquote(raw []byte) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}
