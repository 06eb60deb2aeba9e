package safetensors_test

import (
	"strings"
	"testing"
)

func TestHeaderGrammar(t *testing.T) {
	const a = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	for _, good := range []string{
		"{" + a + "}", "{" + a + "}   ", "{ \n" + a + "}\n\t ",
		`{"__metadata__":{},` + a + "}", `{"__metadata__":{"k":"v","":""},` + a + "}",
		`{"a":{"data_offsets":[0,8],"shape":[1,2,1],"dtype":"F32"}}`,
		`{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"z":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}`,
		`{"../../x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`,
	} {
		if _, err := readAll(raw(good, 8)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, why := range map[string]string{
		"":                                      "does not begin with {",
		" {" + a + "}":                          "does not begin with {",
		"{" + a + "} x":                         "text follows",
		"{" + a + "}{}":                         "text follows",
		"{" + a + ",}":                          "invalid",
		"{" + a:                                 "EOF",
		"{" + a + "," + a + "}":                 `"a" appears twice`,
		`{"\u0061":` + a[4:] + "," + a + "}":    `"a" appears twice`,
		"{}":                                    "take 0 bytes, the file has 8",
		`{"a":1}`:                               "want {",
		`{"a":null}`:                            "want {",
		`{"__metadata__":null,` + a + "}":       "want {",
		`{"__metadata__":{"k":null},` + a + "}": "want a string",
		`{"__metadata__":{"k":"v","k":"w"},` + a + "}":                                               "twice",
		`{"__metadata__":{},"__metadata__":{},` + a + "}":                                            "twice",
		`{"__metadata__":{"format_version":"2"},` + a + "}":                                          "reads up to 1",
		`{"__metadata__":{"format_version":"99999999999999999999"},` + a + "}":                       "reads up to 1",
		`{"__metadata__":{"format_version":"0"},` + a + "}":                                          "not a positive",
		`{"__metadata__":{"format_version":"one"},` + a + "}":                                        "not a positive",
		`{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`:                                "not valid Unicode",
		"{\"__metadata__\":{\"k\":\"\xff\"}," + a + "}":                                              "not valid UTF-8",
		`{"a":{"dtype":"F32","shape":[2]}}`:                                                          "want dtype, shape and two",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}`:                                       "want dtype, shape and two",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}`:                                   "more than 2",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}`:                               "unknown field",
		`{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`:                       "twice",
		`{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}`:                                     "dtype",
		`{"a":{"dtype":"F4","shape":[16],"data_offsets":[0,8]}}`:                                     "\"a\" is <a tensor of dtype \"F4\"",
		`{"a":{"dtype":"F4","shape":[16],"data_offsets":[8,0]}}`:                                     "data_offsets [8 0]",
		`{` + a + `,"b":{"dtype":"F4","shape":[2],"data_offsets":[7,8]}}`:                            "overlaps",
		`{"a":{"dtype":"C64","shape":[2],"data_offsets":[0,8]}}`:                                     "does not take",
		`{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}`:                                         "want a string",
		`{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}`:                                   "want an integer",
		`{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}`:                                   "want an integer",
		`{"a":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}`:                                   "want an integer",
		`{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`:                                    "want an integer",
		`{"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}`:                                   "want an integer",
		`{"a":{"dtype":"F32","shape":{},"data_offsets":[0,8]}}`:                                      "want [",
		`{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}`:                   "want an integer",
		`{"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}`:               "does not take",
		`{"a":{"dtype":"F32","shape":[` + strings.Repeat("1,", 32) + `2],"data_offsets":[0,8]}}`:     "more than 32",
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`:                                     "holes",
		`{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`:                           "overlaps",
		`{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`:                          "take 12 bytes, the file has 8",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,9223372036854775807]}}`: "does not take",
	} {
		_, err := readAll(raw(bad, 8))
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.120s: error %v, want one with %q", bad, err, why)
		}
	}
}

// TestHeaderLengths: lengths of a header whose bytes look like the beginning of a pickle, of msgpack or of gzip.
func TestHeaderLengths(t *testing.T) {
	const a = `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
	for _, n := range []int{0x280, 0x580, 0xa181, 0xd9de, 0x8b1f} {
		if f, err := readAll(raw(a+strings.Repeat(" ", n-len(a)), 8)); err != nil || f.Format != "safetensors" {
			t.Errorf("a header of %#x bytes: %v", n, err)
		}
	}
}
