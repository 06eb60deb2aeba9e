package pickle

import (
	"strings"
	"testing"
)

// TestForeign: what other names than the table's make is put down as it stands, and what they are given is data.
func TestForeign(t *testing.T) {
	for text, want := range map[string]string{
		"cp\nA\n.":                            "p.A",
		"cp\nA\n)R.":                          "p.A()None",
		"cp\nA\nK\x01\x85\x81}U\x01aK\x02sb.": `p.A(1){"a": 2}`,
		"cp\nA\n)\x81N}U\x01aK\x02s\x86b.":    `p.A(None, {"a": 2})`,
		"cp\nA\nK\x01\x85}U\x01aK\x02s\x92.":  `p.A(1, {"a": 2})None`,
		"cp\nA\n)}\x92.":                      "p.A()None",
		"cargparse\nNamespace\n)}\x92.":       "argparse.Namespace()None",
		"cp\nA\n)RK\x01\x85R.":                "p.A(1)None", // what a partial returns
		"ccollections\nOrderedDict\n)\x81.":   "collections.OrderedDict()None",
		"cnumpy\nndarray\n)R.":                "numpy.ndarray()None",
		"ccollections\nOrderedDict\nN\x85R.":  "collections.OrderedDict(None)None",
		"cnumpy\ndtype\nU\x02M8\x85R.":        `numpy.dtype("M8")None`,
		"]K\x01b.":                            "[]",
		"}cp\nA\n)\x81K\x01sC\x01aK\x02s.":    `{p.A()None: 1, b"a": 2}`,
		"ccopyreg\n_reconstructor\n(cp\nA\ncbuiltins\nlist\n]K\x01atR.": "p.A()None",
		"cos\nsystem\n.": `global not allowed: "os.system"`,
		"cp\n" + strings.Repeat("A", 256) + "\n.": "256 bytes",
		"cp\nA\nNR.":        "with None, want a tuple",
		"NNR.":              "a call of None",
		"cp\nA\n)NN\x92.":   "want a dict",
		"cp\nA\n)\x81}b}b.": "two states",
		"c_codecs\nencode\nX\x03\x00\x00\x00\xe2\x88\x82U\x06latin1\x86R.": "not in latin1",
	} {
		d := newDecoder(text)
		d.Foreign = true
		v, err := d.Decode()
		got := show(v)
		if err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%.80q: %s, want %s", text, got, want)
		}
	}
	d := newDecoder("cp\nA\n)\x81(K\x01K\x02eK\x03a(K\x04\x90}0K\x05K\x06s(K\x07K\x08u.")
	d.Foreign = true
	v, err := d.Decode()
	if o, ok := v.(*Object); err != nil || !ok || show(o.List) != "[1, 2, 3, 4]" || show(o.Dict) != "{5: 6, 7: 8}" || o.Called {
		t.Errorf("%v, %v", v, err)
	}
}

// TestStandard: classes of Python's library that are data here.
func TestStandard(t *testing.T) {
	for text, want := range map[string]string{
		"ccollections\ndefaultdict\n)RK\x01K\x02s.":                                              "{1: 2}",
		"ccollections\nCounter\n}K\x01K\x02s\x85R.":                                              "{1: 2}",
		"ccollections\nCounter\n)R.":                                                             "{}",
		"ccollections\ndeque\n)RK\x01a.":                                                         "[1]",
		"ccollections\ndeque\n)K\x05\x86R(K\x01K\x02e.":                                          "[1, 2]",
		"ccollections\ndeque\n]K\x01a\x85RK\x02a.":                                               "[1, 2]",
		"c__builtin__\nfrozenset\n]K\x01a\x85R.":                                                 "set(1)",
		"cbuiltins\ncomplex\nG?\xf0\x00\x00\x00\x00\x00\x00G@\x00\x00\x00\x00\x00\x00\x00\x86R.": "[1, 2]",
		"cbuiltins\nbytearray\n)R.":                                                              `b""`,
		"cbuiltins\nbytearray\nC\x01a\x85R.":                                                     `b"a"`,
		"cbuiltins\nbytearray\nU\x01aU\x07latin-1\x86R.":                                         `b"a"`,
		"\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.":                                                `b"ab"`,
		"cpathlib\nPosixPath\n(U\x01/U\x01aU\x01btR.":                                            `"/a/b"`,
		"cpathlib\nPosixPath\n)R.":                                                               `""`,
		"cpathlib._local\nPath\nU\x01aU\x01b\x86R.":                                              `"a/b"`,
		"cpathlib\nWindowsPath\nU\x03C:\\U\x01a\x86R.":                                           `"C:\\a"`,
		"cdatetime\ndate\nC\x04\x07\xe8\x02\x1d\x85R.":                                           `"2024-02-29"`,
		"cdatetime\ndatetime\nC\x0a\x07\xe8\x02\x1d\x0c\x1e\x01\x00\x00\xfa\x85R.":               `"2024-02-29T12:30:01.000250"`,
		"cdatetime\ntime\nU\x06\x07\x05\x00\x00\x00\x00\x85R.":                                   `"07:05:00"`,
		"cdatetime\ndate\nC\x03abc\x85R.":                                                        "unexpected arguments",
		"cpathlib\nPath\nN\x85R.":                                                                "unexpected arguments",
		"ccollections\nCounter\nN\x85R.":                                                         "unexpected arguments",
		"ccollections\ndeque\nN\x85R.":                                                           "unexpected arguments",
		"cbuiltins\ncomplex\nK\x01K\x02\x86R.":                                                   "unexpected arguments",
		"cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n(U\x02U2\x89\x88tRC\x08a\x00\x00\x00\x00\x00\x00\x00\x86R.":                    `"a"`,
		"cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n(U\x02c8\x89\x88tRC\x08\x00\x00\x80\x3f\x00\x00\x00\x40\x86R.":                 "[1, 2]",
		"cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n(U\x02O8\x89\x88tRK\x07\x86R.":                                                 "7",
		"cnumpy._core.numeric\n_frombuffer\n(C\x08abcdefghcnumpy\ndtype\n(U\x02f4\x89\x88tRK\x02\x85U\x01CtR.":                         "f4[2]",
		"cnumpy._core.numeric\n_frombuffer\n(C\x08abcdefghcnumpy\ndtype\n(U\x02f4\x89\x88tRK\x03\x85U\x01CtR.":                         "in 8 bytes",
		"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n)NtR(K\x01K\x02\x85cnumpy\ndtype\n(U\x02O8\x89\x88tR\x89]K\x01aNatb.": "\x000[]",
	} {
		v, err := newDecoder(text).Decode()
		got := show(v)
		if err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%.90q: %s, want %s", text, got, want)
		}
	}
}

// TestForeignLimits: objects that would take much end the reading.
func TestForeignLimits(t *testing.T) {
	const room = 1 << 20 // bytes that are left
	big := "B\x00\x10\x00\x00" + strings.Repeat("a\x00\x00\x00", 1024)
	scalar := "cnumpy.core.multiarray\nscalar\nq\x01cnumpy\ndtype\n(U\x05U1024\x89\x88tRq\x02" + big + "q\x03"
	for name, text := range map[string]string{
		"objects": "cp\nA\nq\x01" + strings.Repeat("h\x01)\x810", room/256+1),
		"items":   "cp\nA\n)\x81" + strings.Repeat("Na", room/48+1),
		"text":    scalar + strings.Repeat("h\x01h\x02h\x03\x86R0", room/4096+1),
		"names":   strings.Repeat("cp\n"+strings.Repeat("A", 250)+"\n0", room/256+1),
	} {
		d := newDecoder(text)
		d.Foreign, d.memory = true, maxMemory-room
		if _, err := d.Decode(); err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
