package config

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

type inner struct {
	Size int     `json:"size"`
	Std  float64 `json:"std,omitempty"`
}

type outer struct {
	Rounds  int             `json:"rounds"`
	Seed    uint64          `json:"seed"`
	Small   int8            `json:"small"`
	LR      float64         `json:"lr"`
	On      bool            `json:"on"`
	Name    string          `json:"name"`
	Levels  []float64       `json:"levels"`
	Range   [2]float64      `json:"range"`
	Mask    []byte          `json:"mask"`
	Gauss   *inner          `json:"gaussian,omitempty"`
	Parts   []inner         `json:"parts"`
	Any     wrapped         `json:"any"`
	Table   map[string]int  `json:"table"`
	Raw     json.RawMessage `json:"raw"`
	Skipped int             `json:"-"`
}

// wrapped reads itself, as configs of several kinds do.
type wrapped struct{ inner }

func (w *wrapped) UnmarshalJSON(data []byte) error { return Decode(data, &w.inner) }

func TestDecode(t *testing.T) {
	defaults := []float64{7, 8}
	got := outer{Rounds: 3, LR: .5, Levels: defaults, Gauss: &inner{Size: 1, Std: 2}}
	text := ` {"seed":18446744073709551615,"on":true,"levels":[1,2.5,-3e2],"range":[-1,1],"mask":"AQI=","gaussian":{"size":5},
		"parts":[{"size":1},{"std":2}],"any":{"size":4},"table":{"a":1},"raw":{"x":[1]},"name":"a\"}b","lr":null} `
	if err := Decode([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := outer{Rounds: 3, Seed: math.MaxUint64, LR: .5, On: true, Name: `a"}b`, Levels: []float64{1, 2.5, -300}, Range: [2]float64{-1, 1},
		Mask: []byte{1, 2}, Gauss: &inner{5, 2}, Parts: []inner{{1, 0}, {0, 2}}, Any: wrapped{inner{Size: 4}}, Table: map[string]int{"a": 1}, Raw: json.RawMessage(`{"x":[1]}`)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if defaults[0] != 7 {
		t.Error("decoding wrote into the defaults' array")
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"a\nb":1}`, `"a\nb" is unknown; there are rounds, seed, small, lr, on, name, levels, range, mask, gaussian, parts, any, table, raw`},
		{`{"table":{"a\u001b[2J":"b"}}`, `"table.a\x1b[2J" is the string "b"; it must be an integer`},
		{`{"gaussian":{"a\nb":1,"a\nb":1}}`, `"gaussian.a\nb" is given twice; give it once`},
		{`{"rouns":1}`, "rouns is unknown; did you mean rounds?"},
		{`{"Rounds":1}`, "Rounds is unknown; did you mean rounds?"},
		{`{"gaussian":{"sdt":1}}`, "gaussian.sdt is unknown; did you mean gaussian.std?"},
		{`{"parts":[{"size":1},{"sise":1}]}`, "parts[1].sise is unknown; did you mean parts[1].size?"},
		{`{"any":{"sise":1}}`, "any.sise is unknown; did you mean any.size?"},
		{`{"size":1}`, "size is unknown; it belongs elsewhere, as gaussian.size"},
		{`{"gaussian":{"lr":1}}`, "gaussian.lr is unknown; it belongs elsewhere, as lr"},
		{`{"gaussian":{"velocity":1}}`, "gaussian.velocity is unknown; there are size, std"},
		{`{"rounds":1,"rounds":2}`, "rounds is given twice; give it once"},
		{`{"gaussian":{"size":1,"std":{},"size":1}}`, "gaussian.size is given twice; give it once"},
		{`{"raw":[1,{"a":"x,y","a":2}]}`, "raw[1].a is given twice; give it once"},
		{`{"r\u0061w":1,"raw":2}`, "raw is given twice; give it once"},
		{`{"rounds":"3"}`, `rounds is the string "3"; it must be an integer`},
		{`{"rounds":1.5}`, "rounds is 1.5; it must be an integer"},
		{`{"rounds":9223372036854775808}`, "rounds is 9223372036854775808; it must be an integer that fits in 64 bits"},
		{`{"small":200}`, "small is 200; it must be an integer that fits in 8 bits"},
		{`{"seed":-1}`, "seed is -1; it must be an integer that is not negative"},
		{`{"lr":1e400}`, "lr is 1e400; it must be a number that fits in 64 bits"},
		{`{"lr":true}`, "lr is true; it must be a number"},
		{`{"on":1}`, "on is 1; it must be true or false"},
		{`{"name":3}`, "name is 3; it must be a string"},
		{`{"levels":3}`, "levels is 3; it must be an array of numbers"},
		{`{"levels":[1,"a"]}`, `levels[1] is the string "a"; it must be a number`},
		{`{"range":[1,2,3]}`, "range is an array of 3; it must be an array of 2 numbers"},
		{`{"parts":{}}`, "parts is an object; it must be an array of objects"},
		{`{"gaussian":[]}`, "gaussian is an array; it must be an object"},
		{`{"any":{"size":"x"}}`, `any.size is the string "x"; it must be an integer`},
		{`{"table":{"a":"b"}}`, `table.a is the string "b"; it must be an integer`},
		{`{"mask":[1]}`, "mask is an array; it must be a string of bytes in base64"},
		{`[1]`, "the value is an array; it must be an object"},
		{`{"rounds":1} x`, "text follows the JSON value, at line 1, column 14"},
		{`{"rounds":1}{}`, "text follows the JSON value, at line 1, column 13"},
		{"{\"rounds\":\n1,", "the JSON text ends too early, at line 2, column 2"},
		{"{\"rounds\":\n 1;}", "the text is not JSON at line 2, column 3: invalid character ';' after object key:value pair"},
		{" ", "the JSON text is empty"},
		{`{"raw":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "the JSON text has more than 64 levels of objects and arrays, at line 1, column 71"},
	} {
		err := Decode([]byte(c.text), &outer{})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s\n got  %v\n want %s", c.text, err, c.want)
		}
	}
	if err := Decode(make([]byte, maxBytes+1), &outer{}); err == nil || !strings.Contains(err.Error(), "it must have at most 67108864") {
		t.Errorf("a text that is too long gives %v", err)
	}
}

func TestTolerant(t *testing.T) {
	var o outer
	if err := Tolerant([]byte(`{"velocity":1,"gaussian":{"size":2,"x":[]}}`), &o); err != nil || o.Gauss.Size != 2 {
		t.Errorf("%+v, %v", o, err)
	}
	if err := Tolerant([]byte(`{"velocity":1,"velocity":1}`), &o); err == nil {
		t.Error("a key given twice was passed over")
	}
	if err := Tolerant([]byte(`{"gaussian":{"size":"x"}}`), &o); err == nil || !strings.Contains(err.Error(), "gaussian.size") {
		t.Error(err)
	}
}

// Whatever encoding/json refuses, Decode refuses, and what both accept they read alike.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"rounds":1,"levels":[1,2],"gaussian":{"size":3},"parts":[{}],"any":{"std":1}}`, `{"mask":"AQ==","raw":{"a":"}"}}`, `null`, `{"a":`, `{"table":{"x":1}} `, "{\"name\":\"\\ud800\"}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var ours, theirs outer
		err := Decode(data, &ours)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		if err := json.Unmarshal(data, &theirs); err != nil {
			t.Fatalf("accepted, but encoding/json says %v", err)
		}
		a, b := must(json.Marshal(ours)), must(json.Marshal(theirs))
		if string(a) != string(b) {
			t.Errorf("read as %s, by encoding/json as %s", a, b)
		}
	})
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

type circle struct {
	R float64 `json:"r"`
}

func (circle) Kind() string { return "circle" }

type square struct {
	A    int    `json:"a"`
	Note string `json:"note,omitempty"`
}

func (*square) Kind() string { return "square" }

func TestRegistry(t *testing.T) {
	square0 := &square{A: 2}
	r := Of[Kinder]("form", circle{1}, square0)
	if got := r.Kinds(); !reflect.DeepEqual(got, []string{"circle", "square"}) {
		t.Error(got)
	}
	if err := r.Register(circle{2}); err == nil || !strings.Contains(err.Error(), `"circle" is registered already`) {
		t.Error(err)
	}
	for text, want := range map[string]Kinder{
		`{"kind":"circle"}`: circle{1}, `{"r":3,"kind":"circle"}`: circle{3}, `{"a":5,"kind":"square","note":"x"}`: &square{5, "x"},
	} {
		got, err := r.Decode([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	if square0.A != 2 {
		t.Error("decoding changed the defaults behind a pointer")
	}
	for text, want := range map[string]string{
		`{"kind":"cirle"}`:              `form: kind is "cirle", which is none of circle, square; did you mean circle?`,
		`{"kind":"x"}`:                  `form: kind is "x", which is none of circle, square`,
		`{"r":1}`:                       "form: kind is missing; it says what the other fields are of",
		`{"kind":3}`:                    "form: kind is 3; it must be a string",
		`{"kind":"circle","kind":"x"}`:  "form: kind is given twice; give it once",
		`{"kind":"circle","rr":1}`:      "circle: rr is unknown; did you mean r?",
		`{"kind":"square","a":"three"}`: `square: a is the string "three"; it must be an integer`,
		`[]`:                            "form: the value is an array; it must be an object",
	} {
		if _, err := r.Decode([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s:\n got  %v\n want %s", text, err, want)
		}
	}
	for _, c := range []struct {
		v      Kinder
		sorted bool
		want   string
	}{{circle{3}, false, `{"kind":"circle","r":3}`}, {&square{A: 5, Note: "x"}, true, `{"a":5,"kind":"square","note":"x"}`}, {&square{A: 5}, false, `{"kind":"square","a":5}`}} {
		r.Sorted = c.sorted
		if got, err := r.Encode(c.v); err != nil || string(got) != c.want {
			t.Errorf("%s, %v; want %s", got, err, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ word, want string }{{"rowz", "rows"}, {"smaple", "sample"}, {"colls", "cols"}, {"unrelated", ""}, {"", ""}} {
		if got := Nearest(c.word, []string{"rows", "cols", "sample"}); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
	for _, c := range []struct {
		a, b string
		n    int
	}{{"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"abcdef", "badcfe", 3}} {
		if got := distance(c.a, c.b, 100); got != c.n {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.n)
		}
		if got := distance(c.a, c.b, 2); got != min(c.n, 2) {
			t.Errorf("distance(%q, %q, 2) = %d, want %d", c.a, c.b, got, min(c.n, 2))
		}
	}
}

func TestNearestWithin(t *testing.T) {
	names := []string{"down.0.conv.weight", "down.1.conv.weight", "up.0.norm.bias"}
	for name, want := range map[string]string{
		"down.0.conv1.weight": "down.0.conv.weight",
		"down_1.conv.weight":  "down.1.conv.weight",
		"up.0.norm.bia":       "up.0.norm.bias",
		"zzz":                 "",
		"":                    "",
	} {
		if got := NearestWithin(name, names, len(name)/2); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		check func(c *Checker)
		want  string
	}{
		{func(c *Checker) { c.Int("rounds", 0, 1, MostSteps) }, "dpnp: rounds is 0; it must lie between 1 and 1000000"},
		{func(c *Checker) { c.Int("rounds", math.MaxInt, 1, MostSteps); c.Int("x", 0, 1, 2) }, "dpnp: rounds is 9223372036854775807; it must lie between 1 and 1000000"},
		{func(c *Checker) { c.Float("eta", nan, Positive, 1) }, "dpnp: eta is NaN; it must be positive and at most 1"},
		{func(c *Checker) { c.Float("eta", inf, 0, inf) }, "dpnp: eta is +Inf; it must lie between 0 and +Inf"},
		{func(c *Checker) { c.Float("beta", 1, 0, BelowOne) }, "dpnp: beta is 1; it must be at least 0 and below 1"},
		{func(c *Checker) { c.Floats("levels", []float64{1, -1}, Positive, 9) }, "dpnp: levels[1] is -1; it must be positive and at most 9"},
		{func(c *Checker) { c.Ints("mult", []int{1, 99}, 1, 9) }, "dpnp: mult[1] is 99; it must lie between 1 and 9"},
		{func(c *Checker) { c.Name("sampler", "ddmp", "ddim", "ddpm") }, `dpnp: sampler is "ddmp"; it must be ddim or ddpm; did you mean ddpm?`},
		{func(c *Checker) { c.Inside("cg", Errorf("proximal", "tol", "is 2; it must be less")) }, "dpnp: cg.tol is 2; it must be less"},
		{func(c *Checker) { c.Ordered("least", 10, "most", .4) }, "dpnp: least is 10 and most is 0.4; most must be at least least"},
		{func(c *Checker) { c.That(false, "a", 3, "be a divisor of %d", 8) }, "dpnp: a is 3; it must be a divisor of 8"},
		{func(c *Checker) { c.Also(Room("dpi", "batch", 8, 1_000_000_000, 784)) }, "dpi: batch is 1000000000, for which arrays of 5.704 TiB are needed, more than the 16 GiB that one may take; it must be at most 2739137"},
	} {
		k := Check("dpnp")
		c.check(k)
		if err := k.Err(); err == nil || err.Error() != c.want {
			t.Errorf("\n got  %v\n want %s", err, c.want)
		}
		var f *FieldError
		if !errors.As(k.Err(), &f) {
			t.Errorf("%v is no *FieldError", k.Err())
		}
	}
	k := Check("ok")
	k.Int("a", 1, 1, 1)
	k.Float("b", 1e6, Positive, 1e6)
	k.Name("c", "", "x", "")
	k.Inside("d", nil)
	k.Ordered("e", 2, "f", 2)
	if err := k.Err(); err != nil {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		factors []int
		n       int
		ok      bool
	}{{nil, 1, true}, {[]int{3, 4}, 12, true}, {[]int{math.MaxInt, 2}, 0, false}, {[]int{0, math.MaxInt, math.MaxInt}, 0, true}, {[]int{-1, 2}, 0, false}} {
		if n, ok := Size(c.factors...); n != c.n || ok != c.ok {
			t.Errorf("Size(%v) = %d, %v", c.factors, n, ok)
		}
	}
	if err := Room("x", "n", 8, 1<<20, 1<<10); err != nil {
		t.Error(err)
	}
}

// The strict decoder of the project stands here alone.
func TestOneStrictDecoder(t *testing.T) {
	mark := "Disallow" + "UnknownFields"
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), mark) {
			t.Errorf("%s decodes strictly by itself; use config.Decode", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
