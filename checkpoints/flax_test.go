package checkpoints

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestFlax: a file of flax with every extension, against what numpy saved of the same array.
func TestFlax(t *testing.T) {
	f, err := Open("testdata/flax/misc.msgpack")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Verify(); err != nil || f.Format != "flax" {
		t.Errorf("%q, %v", f.Format, err)
	}
	if want := []string{"a", "f16", "bf16", "zero_d", "chunked", "u32", "b", "i64", "zero_size"}; !slices.Equal(f.Names(), want) {
		t.Errorf("names %q, want %q", f.Names(), want)
	}
	a, err := ReadArray("testdata/flax/expect_a.npy")
	if err != nil {
		t.Fatal(err)
	}
	first, err := a.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	wide := make([]float64, 5) // to the nearest of bfloat16, ties to even
	for i, v := range first[:5] {
		u := binary.LittleEndian.Uint32(float32s([]float32{v}).encode(nil, []float32{v}))
		wide[i] = float64(bfloat16(uint16((u + 0x7fff + u>>16&1) >> 16)))
	}
	for name, want := range map[string]*Tensor{
		"a": a, "chunked": a,
		"bf16":      FromFloat64("", []int{1, 5}, wide),
		"f16":       FromFloat64("", []int{4}, []float64{-0.79150390625, 0.859375, -0.2308349609375, -0.065673828125}),
		"zero_d":    FromInt64("", []int{}, []int64{7}),
		"u32":       FromInt64("", []int{2}, []int64{1, 4294967295}),
		"b":         FromInt64("", []int{2}, []int64{1, 0}),
		"i64":       FromInt64("", []int{1}, []int64{-1099511627776}),
		"zero_size": FromInt64("", []int{0, 3}, nil),
	} {
		got, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		sameNumbers(t, "misc", got, want)
	}
	for name, want := range map[string]any{
		"scalar": 1.25, "cplx": []any{1.0, -2.0}, "py.i": int64(3), "py.f": 0.5, "py.s": "txt", "py.n": nil, "py.t": true,
		"py.neg": int64(-40000), "py.big": int64(1099511627776), "big_key.k19": int64(19),
	} {
		if got, ok := f.Value(name); !ok || fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", want, want) {
			t.Errorf("%q is %v %v, want %v", name, got, ok, want)
		}
	}
	if len(f.Values) != 2+7+20 {
		t.Errorf("%d values", len(f.Values))
	}
}

// pack makes msgpack of maps of one key: "a" to the value.
func pack(value string) []byte { return []byte("\x81\xa1a" + value) }

// array is an extension of that kind: shape and type, as msgpack, and n bytes.
func array(kind byte, shape, dtype string, n int) string {
	content := "\x93" + shape + string([]byte{byte(0xa0 | len(dtype))}) + dtype + string([]byte{0xc4, byte(n)}) + strings.Repeat("\x01", n)
	return string([]byte{0xc7, byte(len(content)), kind}) + content
}

// TestFlaxValues: numbers of every width, and what makes a scalar.
func TestFlaxValues(t *testing.T) {
	ones := array(1, "\x91\x01", "int8", 1) // a file without an array is refused
	for packed, want := range map[string]any{
		"\x00": int64(0), "\x7f": int64(127), "\xe0": int64(-32), "\xff": int64(-1),
		"\xcc\xff": int64(255), "\xcd\x01\x00": int64(256), "\xce\xff\xff\xff\xff": int64(1<<32 - 1),
		"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff": int64(1<<63 - 1), "\xcf\xff\xff\xff\xff\xff\xff\xff\xff": "18446744073709551615",
		"\xd0\x80": int64(-128), "\xd1\x80\x00": int64(-32768), "\xd2\x80\x00\x00\x00": int64(-1 << 31),
		"\xd3\x80\x00\x00\x00\x00\x00\x00\x00": int64(-1 << 63),
		"\xca\xbf\x80\x00\x00":                 -1.0, "\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00": 0.5,
		"\xc0": nil, "\xc2": false, "\xc3": true, "\xa2hi": "hi", "\xd9\x02hi": "hi", "\xda\x00\x02hi": "hi", "\xdb\x00\x00\x00\x02hi": "hi",
		"\xc4\x02hi": []byte("hi"), "\xc5\x00\x02hi": []byte("hi"), "\xc6\x00\x00\x00\x02hi": []byte("hi"),
		"\x92\x01\xa1b": []any{int64(1), "b"}, "\xdc\x00\x01\x05": []any{int64(5)}, "\xdd\x00\x00\x00\x01\x05": []any{int64(5)},
		array(3, "\x90", "bool", 1): true, array(3, "\x90", "int16", 2): int64(0x101), array(3, "\x90", "uint64", 8): int64(0x101010101010101),
		array(3, "\x90", "bfloat16", 2): float64(bfloat16(0x0101)),
	} {
		f, err := readAll([]byte("\x82\xa1a" + packed + "\xa1b" + ones))
		if err != nil {
			t.Errorf("%q: %v", packed, err)
			continue
		}
		if got, ok := f.Value("a"); !ok || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q is %v %v, want %v", packed, got, ok, want)
		}
	}
}

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
		f, err := Open("testdata/bad/" + name + ".msgpack")
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
	whole, err := os.ReadFile("testdata/flax/misc.msgpack")
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

// TestFlaxLazy: opening reads names and shapes, a tensor its own bytes.
func TestFlaxLazy(t *testing.T) {
	const n = 1 << 20
	body := make([]byte, 4*n)
	binary.LittleEndian.PutUint32(body[4*n-4:], 0x3f800000)
	content := append([]byte("\x93\x91\xce\x00\x10\x00\x00\xa7float32\xc6\x00\x40\x00\x00"), body...)
	b := []byte("\x82\xa1x")
	b = append(append(binary.BigEndian.AppendUint32(append(b, 0xc9), uint32(len(content))), 1), content...)
	b = append(b, "\xa1y"+array(1, "\x90", "float32", 4)...)
	c := &counter{ReaderAt: bytes.NewReader(b)}
	f, err := Read(c, int64(len(b)))
	if err != nil || c.n > 1<<16 {
		t.Fatalf("%v, %d bytes read", err, c.n)
	}
	c.n = 0
	x, err := f.tensors[0].Float32s()
	if err != nil || x[n-1] != 1 || c.n != 4*n {
		t.Errorf("%v, %v, %d bytes read", x[n-1], err, c.n)
	}
}

// FuzzMsgpack: whatever the bytes, reading ends with an error or with tensors that can be written and read again.
func FuzzMsgpack(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.msgpack")
	if err != nil || len(files) == 0 {
		f.Fatal("no files", err)
	}
	for _, name := range append(files, "testdata/flax/misc.msgpack") {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(pack(array(3, "\x90", "bfloat16", 2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if file, err := readFlax(bytes.NewReader(b), int64(len(b))); err == nil {
			checkTorch(t, file)
		}
	})
}
