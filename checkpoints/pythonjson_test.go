package checkpoints

import (
	"testing"
)

// TestFromPython: words for numbers that JSON does not have become strings, outside of strings.
func TestFromPython(t *testing.T) {
	for in, want := range map[string]string{
		`{"a": -Infinity, "b": [NaN,Infinity]}`: `{"a": "-Infinity", "b": ["NaN","Infinity"]}`,
		`{"NaN": "a \" NaN", "b": "-Infinity"}`: `{"NaN": "a \" NaN", "b": "-Infinity"}`,
		`{"a": 1}`:                              `{"a": 1}`,
		``:                                      ``,
		`"a\`:                                   `"a\`,
		`NaN`:                                   `"NaN"`,
	} {
		if got := string(fromPython([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	dir := shardFolder(t, map[string]string{"config.json": `{"a": NaN}`, "scheduler_config.json": `{"lambda_min_clipped": -Infinity}`}, map[string]map[string]float32{"model.safetensors": {"a": 1}})
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if v, _ := f.Value("scheduler_config.json"); v != `{"lambda_min_clipped": "-Infinity"}` {
		t.Errorf("%v", v)
	}
}
