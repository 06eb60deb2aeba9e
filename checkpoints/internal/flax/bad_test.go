package flax_test

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"

	"tweedie/checkpoints"
)

// TestFlaxBad: each mistake is named, with the key where it is.
func TestFlaxBad(t *testing.T) {
	chunks := func(shape, chunks string) string {
		return "\x83\xb9__msgpack_chunked_array__\xc3\xa5shape" + shape + "\xa6chunks" + chunks
	}
	flat := array(1, "\x91\x02", "float32", 8)
	for value, want := range map[string]string{
		array(1, "\x92\x02\x03", "float32", 16):                        `"a": an array of type float32 and shape [2 3] in 16 bytes`,
		array(1, "\x91\x02", "object", 8):                              `type "object"`,
		array(1, "\x91\x02", "complex64", 16):                          `type "complex64"`,
		array(1, "\x91\xff", "float32", 8):                             "-1 for the length of axis 0",
		array(1, "\x91\xa1x", "float32", 8):                            `"x" for the length of axis 0`,
		array(1, "\x02", "float32", 8):                                 "made of an int",
		array(3, "\x91\x01", "float32", 4):                             "a scalar of shape [1]",
		array(1, "\xdc\x00\x21"+strings.Repeat("\x01", 33), "int8", 1): "33 axes",
		"\xd4\x01\x05":                            "an extension with an int",
		"\xd5\x01\x91\x05":                        "made of 1 values",
		"\xd6\x02\x92\x05\xa1x":                   "not two numbers",
		"\xd6\x02\x92\x05\x06\x07":                "follow the content",
		"\xd5\x02\x92\x01\x05":                    "an array of length 2, 1 bytes are left", // of the extension
		"\xd4\x2a\x00":                            "extension type 42",
		"\xd4\xff\x00":                            "extension type -1",
		"\xc1":                                    "0xc1 begins no value",
		"\xa2\xff\xfe":                            "not valid UTF-8",
		"\xdf\x00\x00\xff\xff\xa1a":               "a map of length 65535, 2 bytes",
		"\xdd\x00\x00\xff\xff\xa1a":               "an array of length 65535, 2 bytes",
		"\x82\xa1b\x01\xa1b\x02":                  `"a": byte 7: the key "b" of a map is no string or appears twice`,
		"\x81\x01\x02":                            "the key 1 of a map is no string",
		"\x05\x05":                                "1 bytes follow",
		"\x05":                                    "no arrays",
		strings.Repeat("\x91", 5000):              "nested deeper than 1000",
		chunks("\x81\xa10\x02", "\x80"):           "no chunks",
		chunks("\x05", "\x81\xa10"+flat):          `"shape" is an int`,
		chunks("\x81\xa11\x02", "\x81\xa10"+flat): "without number 0 of its 1 shape",
		chunks("\x81\xa10\x03", "\x81\xa10"+flat): "8 bytes for an array of F32 and shape [3]",
		chunks("\x81\xa10\x02", "\x81\xa10\x05"):  "chunk 0 of an array is no array",
		chunks("\x81\xa10\x02", "\x81\xa10"+array(1, "\x92\x02\x01", "float32", 8)):        "has shape [2 1]",
		chunks("\x81\xa10\x04", "\x82\xa10"+flat+"\xa11"+array(1, "\x91\x02", "int32", 8)): "not of the type",
	} {
		if _, err := readAll(pack(value)); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
			t.Errorf("%.80q: error %v, want one with %q", value, err, want)
		}
	}
	for name, want := range map[string]string{
		"mp_map32_huge": "4294967295, 3 bytes", "mp_bin32_huge": "4294967295, 1 bytes", "mp_chunk_missing": "without number 1",
		"mp_object_dtype": `"object"`, "mp_shape_mismatch": "shape [2 3]", "mp_shape_overflow": "4294967296", "mp_truncated": "are left", "mp_unknown_ext": "type 42",
	} {
		f, err := checkpoints.Open("../../testdata/bad/" + name + ".msgpack")
		if err == nil {
			f.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", name, err, want)
		}
	}
	if _, err := readAll(bytes.Repeat([]byte{0x91}, 100001)); err == nil || !strings.Contains(err.Error(), "a list in msgpack") {
		t.Error(err)
	}
	whole, err := os.ReadFile("testdata/misc.msgpack")
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, err := readAll(whole[:n]); err == nil {
			t.Errorf("read from %d of %d bytes", n, len(whole))
		}
	}
}

// TestFlaxMemory: many small values in a short file do not take memory out of proportion.
func TestFlaxMemory(t *testing.T) {
	n := 4 << 20
	b := append(pack("\xdd\x00"+string([]byte{byte(n >> 16), 0, 0})), make([]byte, n)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := readAll(b); err == nil || !strings.Contains(err.Error(), "take more than") {
		t.Errorf("error %v", err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes allocated", got)
	}
}
