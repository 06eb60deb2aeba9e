package config

import "testing"

type told struct{ n int }

func (told) Outline() string { return "word" }

type inside struct {
	A int       `json:"a"`
	B []float64 `json:"b,omitempty"`
}

type outside struct {
	inside
	C    *inside           `json:"c"`
	D    []byte            `json:"d"`
	E    told              `json:"e"`
	F    bool              `json:"f"`
	G    [2]string         `json:"g"`
	H    map[string]uint64 `json:"h"`
	Deep *outside          `json:"-"`
	i    int
}

// itself reads itself, and has fields all the same.
type itself struct {
	J int     `json:"j"`
	K *itself `json:"k"`
}

func (*itself) UnmarshalJSON([]byte) error { return nil }

func TestOutline(t *testing.T) {
	if got, want := Outline(itself{}), "j: integer, k: value"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	const want = "a: integer, b: list of number, c: {a: integer, b: list of number}, d: base64, e: word, f: true or false, g: 2 of string, h: object of integer"
	if got := Outline(outside{i: 1, E: told{1}}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := Outline(&struct{}{}); got != "" {
		t.Errorf("no fields: %q", got)
	}
}
