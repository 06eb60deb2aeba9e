package flax_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
	"tweedie/checkpoints/internal/flax"
)

// TestFlax: a file of flax with every extension, against what numpy saved of the same array.
func TestFlax(t *testing.T) {
	f, err := checkpoints.Open("testdata/misc.msgpack")
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
	a, err := checkpoints.ReadArray("testdata/expect_a.npy")
	if err != nil {
		t.Fatal(err)
	}
	first, err := a.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	wide := make([]float64, 5) // to the nearest of bfloat16, ties to even
	for i, v := range first[:5] {
		u := math.Float32bits(v)
		wide[i] = float64(math.Float32frombits((u + 0x7fff + u>>16&1) >> 16 << 16))
	}
	for name, want := range map[string]*checkpoints.Tensor{
		"a": a, "chunked": a,
		"bf16":      checkpoints.FromFloat64("", []int{1, 5}, wide),
		"f16":       checkpoints.FromFloat64("", []int{4}, []float64{-0.79150390625, 0.859375, -0.2308349609375, -0.065673828125}),
		"zero_d":    checkpoints.FromInt64("", []int{}, []int64{7}),
		"u32":       checkpoints.FromInt64("", []int{2}, []int64{1, 4294967295}),
		"b":         checkpoints.FromInt64("", []int{2}, []int64{1, 0}),
		"i64":       checkpoints.FromInt64("", []int{1}, []int64{-1099511627776}),
		"zero_size": checkpoints.FromInt64("", []int{0, 3}, nil),
	} {
		got, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		filetest.SameNumbers(t, "misc", got, want)
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
		array(3, "\x90", "bfloat16", 2): float64(math.Float32frombits(0x01010000)),
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

// TestFlaxLazy: opening reads names and shapes, a tensor its own bytes.
func TestFlaxLazy(t *testing.T) {
	const n = 1 << 20
	body := make([]byte, 4*n)
	binary.LittleEndian.PutUint32(body[4*n-4:], 0x3f800000)
	content := append([]byte("\x93\x91\xce\x00\x10\x00\x00\xa7float32\xc6\x00\x40\x00\x00"), body...)
	b := []byte("\x82\xa1x")
	b = append(append(binary.BigEndian.AppendUint32(append(b, 0xc9), uint32(len(content))), 1), content...)
	b = append(b, "\xa1y"+array(1, "\x90", "float32", 4)...)
	c := &filetest.Counter{ReaderAt: bytes.NewReader(b)}
	f, err := checkpoints.Read(c, int64(len(b)))
	if err != nil || c.N > 1<<16 {
		t.Fatalf("%v, %d bytes read", err, c.N)
	}
	c.N = 0
	x, err := f.Tensors()[0].Float32s()
	if err != nil || x[n-1] != 1 || c.N != 4*n {
		t.Errorf("%v, %v, %d bytes read", x[n-1], err, c.N)
	}
}

// FuzzMsgpack: whatever the bytes, reading ends with an error or with tensors that can be written and read again.
func FuzzMsgpack(f *testing.F) {
	files, err := filepath.Glob("../../testdata/bad/*.msgpack")
	if err != nil || len(files) == 0 {
		f.Fatal("no files", err)
	}
	for _, name := range append(files, "testdata/misc.msgpack") {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(pack(array(3, "\x90", "bfloat16", 2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := flax.Read(bytes.NewReader(b), int64(len(b))); err == nil {
			filetest.Rewrites(t, c.All())
		}
	})
}

// readAll reads a file whole.
func readAll(b []byte) (*checkpoints.File, error) { return filetest.Read(checkpoints.Read, b) }
