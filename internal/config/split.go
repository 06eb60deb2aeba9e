package config

import (
	"bytes"
	"encoding/json"
	"strings"
)

// member is a key of an object with its value.
type member struct {
	key   string
	value []byte
}

// members cuts a valid JSON object into its members; their values share raw.
func members(raw []byte) (list []member) {
	for _, part := range parts(raw) {
		end := stringEnd(part, 0)
		value := bytes.TrimSpace(part[end:])
		list = append(list, member{unquote(part[:end]), bytes.TrimSpace(value[1:])})
	}
	return list
}

// parts cuts what stands between the brackets of a valid JSON array or object at its commas.
func parts(raw []byte) (list [][]byte) {
	depth, from := 0, 1
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = stringEnd(raw, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				if last := bytes.TrimSpace(raw[from:i]); len(last) > 0 {
					list = append(list, last)
				}
			}
		case ',':
			if depth == 1 {
				list = append(list, bytes.TrimSpace(raw[from:i]))
				from = i + 1
			}
		}
	}
	return list
}

// Object reads a JSON object without looking at its values, for a reader that chooses among its fields. It refuses what
// Decode refuses in every object.
func Object(data []byte) (map[string]json.RawMessage, error) {
	if err := inspect(data); err != nil {
		return nil, err
	}
	raw := bytes.TrimSpace(data)
	if raw[0] != '{' {
		return nil, &FieldError{Problem: "is " + found(raw) + "; it must be an object"}
	}
	m := map[string]json.RawMessage{}
	for _, f := range members(raw) {
		m[f.key] = f.value
	}
	return m, nil
}

// found says what a JSON value is, and its text where that is short.
func found(raw []byte) string {
	text := string(raw)
	if len(text) > 40 {
		text = strings.ToValidUTF8(text[:40], "") + "..."
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "the string " + text
	}
	return text
}
