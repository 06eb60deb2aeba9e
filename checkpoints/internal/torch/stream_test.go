package torch_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
)

// streamOf is a legacy stream: the object, the list of keys, and after each count its elements.
func streamOf(order, object, keys string, storages ...any) []byte {
	b := []byte("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}U\rlittle_endian" + order + "s.\x80\x02" + object + ".\x80\x02" + keys + ".")
	for _, s := range storages {
		switch s := s.(type) {
		case int:
			b = binary.LittleEndian.AppendUint64(b, uint64(s))
		case string:
			b = append(b, s...)
		}
	}
	return b
}

// legacyTensor pickles two floats of a storage of count floats; more is the sixth element of the persistent id.
func legacyTensor(key, count, more string) string {
	return "ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU" + string(rune(len(key))) + key + "U\x03cpu" + count + more + "tQK\x00K\x02\x85K\x01\x85\x89)tR"
}

// TestLegacyStreams: storages in the order of the list of keys, strings of Python 2, both byte orders; and streams that
// are wrong in one place.
func TestLegacyStreams(t *testing.T) {
	const one = "\x00\x00\x80?\x00\x00\x00@" // 1, 2
	x := filetest.Dict("x", legacyTensor("10", "K\x02", "N"), "y", legacyTensor("9", "K\x02", "N"))
	for name, c := range map[string]struct {
		raw []byte
		why string // "" is read
	}{
		"sorted as strings":   {streamOf("\x88", x, "](U\x0210U\x019e", 2, one, 2, "\x00\x00@@\x00\x00\x80@"), ""},
		"big-endian":          {streamOf("\x89", x, "](U\x0210U\x019e", 2, "?\x80\x00\x00@\x00\x00\x00", 2, "@@\x00\x00@\x80\x00\x00"), ""},
		"listed twice":        {streamOf("\x88", x, "](U\x0210U\x0210e", 2, one, 2, one), `key "10" is no storage`},
		"not listed":          {streamOf("\x88", x, "](U\x0210e", 2, one), "does not have the object's 2 storages"},
		"unknown":             {streamOf("\x88", x, "](U\x0210U\x018e", 2, one, 2, one), `key "8" is no storage`},
		"no keys":             {streamOf("\x88", x, "N", 2, one, 2, one), "the list of keys is None"},
		"other count":         {streamOf("\x88", x, "](U\x0210U\x019e", 2, one, 1, one), "the object says 2 of F32"},
		"cut off":             {streamOf("\x88", x, "](U\x0210U\x019e", 2, one, 2, one[1:]), "in the 7 bytes that are left"},
		"no order":            {streamOf("N", x, "]"), "little_endian"},
		"a name too early":    {[]byte("\x80\x02ccollections\nOrderedDict\n."), "magic number"},
		"a view of a storage": {streamOf("\x88", filetest.Dict("x", legacyTensor("9", "K\x02", "(U\x018K\x00K\x02t")), "]U\x019a", 2, one), "a view of another"},
		"count overflows":     {streamOf("\x88", filetest.Dict("x", legacyTensor("9", "\x8a\x08\x02\x00\x00\x00\x00\x00\x00\x40", "N")), "]U\x019a", 2, one), "elements of F32 in a file of"},
		"a name in the keys":  {streamOf("\x88", x, "]ccollections\nOrderedDict\na", 2, one), "not allowed"},
	} {
		f, err := readAll(c.raw)
		if c.why != "" {
			if err == nil || !strings.Contains(err.Error(), c.why) {
				t.Errorf("%s: error %v, want one with %s", name, err, c.why)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, want := range [][]float32{{1, 2}, {3, 4}} {
			if got, err := f.Tensors()[i].Float32s(); err != nil || got[0] != want[0] || got[1] != want[1] {
				t.Errorf("%s: %v, %v; want %v", name, got, err, want)
			}
		}
	}
}

// TestLoadNonFiniteView: the place that is told is the first in row-major order, not in that of the storage.
func TestLoadNonFiniteView(t *testing.T) {
	const nan = "\x00\x00\xc0\x7f"
	object := strings.Replace(filetest.Dict("x", legacyTensor("9", "K\x06", "N")), "K\x02\x85K\x01\x85", "K\x02K\x03\x86K\x01K\x02\x86", 1)
	f, err := readAll(streamOf("\x88", object, "]U\x019a", 6, "aaaa"+nan+"aaaaaaaa"+nan+"aaaa"))
	if err != nil {
		t.Fatal(err)
	}
	err = checkpoints.Load(f, []*autodiff.Param{autodiff.NewParam("x", autodiff.S(2, 3))}, checkpoints.LoadOptions{})
	if err == nil || !strings.Contains(err.Error(), "NaN at 2") {
		t.Errorf("error %v, want NaN at 2", err)
	}
}
