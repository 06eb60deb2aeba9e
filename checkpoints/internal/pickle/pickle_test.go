package pickle

import (
	"fmt"
	"math/big"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// show writes a value nearly as Python does.
func show(v any) string {
	list := func(items []any) string {
		words := make([]string, len(items))
		for i, x := range items {
			words[i] = show(x)
		}
		return strings.Join(words, ", ")
	}
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case float64:
		return strings.Replace(fmt.Sprint(v), "+Inf", "inf", 1)
	case string:
		return strconv.Quote(v)
	case *Bytes:
		b, err := v.ReadAll(100)
		if err != nil {
			return err.Error()
		}
		return "b" + strings.ReplaceAll(strconv.QuoteToASCII(string(b)), `\u00`, `\x`)
	case *Tuple:
		return "(" + list(v.Items) + ")"
	case *List:
		return "[" + list(v.Items) + "]"
	case *Set:
		return "set(" + list(v.Items) + ")"
	case *Dict:
		words := make([]string, len(v.Keys))
		for i, k := range v.Keys {
			words[i] = show(k) + ": " + show(v.Values[i])
		}
		return "{" + strings.Join(words, ", ") + "}"
	case *Object:
		args := ""
		if len(v.Args) > 0 || v.State == nil {
			args = "(" + list(v.Args) + ")"
		}
		return v.Class.String() + args + show(v.State)
	case *Array:
		s := fmt.Sprintf("%c%d%v", v.Kind, v.Size, v.Shape)
		if v.Big {
			s = ">" + s
		}
		if v.Fortran {
			s = "fortran " + s
		}
		return s
	}
	return fmt.Sprint(v)
}

func newDecoder(text string) *Decoder {
	d := NewDecoder(strings.NewReader(text), int64(len(text)))
	d.Table = Python()
	for g, m := range Numpy() {
		d.Table[g] = m
	}
	return d
}

// TestPython: what Python pickled, in protocols 2 to 5.
func TestPython(t *testing.T) {
	raw, err := os.ReadFile("testdata/python.txt")
	if err != nil {
		t.Fatal(err)
	}
	tested := 0
	for _, block := range strings.Split(strings.TrimSpace(string(raw)), "\n\n") {
		lines := strings.Split(block, "\n")
		for _, quoted := range lines[2:] {
			text, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			d := newDecoder(text + "rest")
			v, err := d.Decode()
			if err != nil || show(v) != lines[1] {
				t.Errorf("%s: %s, %v; want %s", lines[0], show(v), err, lines[1])
			}
			if d.Offset() != int64(len(text)) {
				t.Errorf("%s: %d bytes read of %d", lines[0], d.Offset(), len(text))
			}
			tested++
		}
	}
	if tested < 40 {
		t.Errorf("only %d pickles", tested)
	}
}

// TestShared: what is referred to twice is one value, and a list may hold itself.
func TestShared(t *testing.T) {
	v, err := newDecoder("\x80\x02]q\x00K\x01ah\x00\x86.").Decode()
	if err != nil {
		t.Fatal(err)
	}
	if pair := v.(*Tuple).Items; pair[0] != pair[1] || show(v) != "([1], [1])" {
		t.Errorf("%s, the same: %v", show(v), pair[0] == pair[1])
	}
	v, err = newDecoder("\x80\x02]q\x00h\x00a.").Decode()
	if err != nil || v.(*List).Items[0] != v {
		t.Errorf("%v, %v", v, err)
	}
}

// TestOpcodes: the rest of the opcodes, and how each can go wrong.
func TestOpcodes(t *testing.T) {
	const pairs = "ccollections\nOrderedDict\n]((K\x01K\x02lK\x03K\x04\x86e\x85R." // as Python 2 did
	for text, want := range map[string]string{
		"(K\x01K\x02l.":                 "[1, 2]",
		"(K\x01K\x02d.":                 "{1: 2}",
		"]K\x01a.":                      "[1]",
		"}K\x01K\x02sK\x01K\x03s.":      "{1: 3}",
		"(K\x01K\x021N.":                "None",
		"K\x01K\x020.":                  "1",
		"K\x01(0.":                      "1",
		"K\x012\x86.":                   "(1, 1)",
		"T\x02\x00\x00\x00ab.":          `"ab"`,
		"U\x02ab.":                      `"ab"`,
		"\x8b\x02\x00\x00\x00\x00\x80.": "-32768",
		"K\x07r\x00\x01\x00\x000j\x00\x01\x00\x00.": "7",
		pairs:                      "{1: 2, 3: 4}",
		"c__builtin__\nbytes\n)R.": `b""`,
		"ccopy_reg\n_reconstructor\n(cargparse\nNamespace\nc__builtin__\nobject\nNtR}U\x01aK\x01sb.":                         `argparse.Namespace{"a": 1}`,
		"}(K\x00K\x00K\x01K\x01K\x02K\x02K\x03K\x03K\x04K\x04K\x05K\x05K\x06K\x06K\x07K\x07K\x08K\x08K\x09K\x09K\x09K\x01u.": "{0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 1}",

		"":                     "without STOP",
		".":                    "0 values",
		"NN.":                  "2 values",
		"N(.":                  "1 values", // the MARK is open
		"0.":                   "byte 0: 1 values are wanted",
		"N(\x85.":              "1 values are wanted, the stack has 0", // below the MARK
		"N(b.":                 "2 values are wanted",
		"t.":                   "no MARK",
		"(K\x01d.":             "a key without value",
		"}]K\x01s.":            "a list is the key",
		"Na.":                  "the stack is empty",
		"NNa.":                 "opcode 'a' on None",
		"]NNs.":                "opcode 's' on a list",
		"}Na.":                 "opcode 'a' on a dict",
		"\x8f(Ne.":             "opcode 'e' on a set",
		"2.":                   "the stack is empty",
		"q\x00.":               "the stack is empty",
		"h\x00.":               "memo has no value 0",
		"\x80\x06N.":           "protocol 6",
		"X\x05\x00\x00\x00ab.": "5 bytes, 3 are left",
		"\x8d\xff\xff\xff\xff\xff\xff\xff\xffab.": "are left",
		"\x8e\xff\xff\xff\xff\xff\xff\xff\xffab.": "are left",
		"J\x00\x00":                                "are left",
		"\x8b\x01\x04\x00\x00.":                    "an integer of 1025 bytes",
		"\x8a\x05\x00.":                            "5 bytes are wanted, 2 are left",
		"cos\nsystem\n.":                           `global not allowed: "os.system"`,
		"c\x1b[2J\n\n.":                            `global not allowed: "\x1b[2J."`,
		"c" + strings.Repeat("a", 300) + "\n\n.":   "more than 256 bytes",
		"NN\x93.":                                  "a global named by None",
		"NNR.":                                     "a call of None",
		"cnumpy\nndarray\n)R.":                     "calling \"numpy.ndarray\" is not allowed",
		"ccollections\nOrderedDict\n)\x81.":        "is not allowed",
		"ccollections\nOrderedDict\nNR.":           "with None, want a tuple",
		"ccollections\nOrderedDict\nN\x85R.":       "unexpected arguments",
		"ccollections\nOrderedDict\n]Na\x85R.":     "unexpected arguments",
		"ccollections\nOrderedDict\n)R}U\x01aNsb.": "{}",
		"ccollections\nOrderedDict\n)RNb.":         "a state of None",
		"}}b.":                                     "BUILD",
		"NQ.":                                      "persistent id that is None",
		")Q.":                                      "persistent id that is a tuple", // there is no function for it
		"c_codecs\nencode\nX\x01\x00\x00\x00aU\x05utf-8\x86R.":                             "unexpected arguments",
		"c_codecs\nencode\nX\x03\x00\x00\x00\xe2\x88\x82U\x06latin1\x86R.":                 "not in latin1",
		"cargparse\nNamespace\nN\x85\x81.":                                                 "unexpected arguments",
		"cargparse\nNamespace\n)\x81}b}b.":                                                 "two states",
		"ccopyreg\n_reconstructor\n(c_codecs\nencode\ncbuiltins\nset\nNtR.":                "unexpected arguments",
		"cnumpy\ndtype\n(U\x02V8\x89\x88tR.":                                               "unexpected arguments",
		"cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n(U\x02f8\x89\x88tRC\x04aaaa\x86R.": "unexpected arguments",
		"I1\n.":           "opcode 0x49", // the text opcodes of protocol 0
		"(ios\nsystem\n.": "opcode 0x69",
		"\x82\x01.":       "opcode 0x82",
		"\x92.":           "byte 0: 1 values are wanted",
		"NNN\x92.":        "with names that are None",
		"\x97.":           "opcode 0x97", // a buffer in another file
		"\x98.":           "opcode 0x98",
	} {
		v, err := newDecoder(text).Decode()
		got := show(v)
		if err != nil {
			if got = err.Error(); !strings.Contains(got, want) {
				t.Errorf("%.80q: error %v, want %s", text, err, want)
			}
			continue
		}
		if got != want {
			t.Errorf("%.80q: %s, want %s", text, got, want)
		}
	}
}

// TestArrays: the shape of an array is compared with its bytes.
func TestArrays(t *testing.T) {
	array := func(shape string) string {
		return "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n)C\x01btR(K\x01" + shape + "cnumpy\ndtype\n(U\x02f4\x89\x88tR\x89C\x08abcdefghtb."
	}
	for shape, ok := range map[string]bool{
		"K\x02\x85": true, "K\x01K\x02\x86": true, "K\x03\x85": false, ")": false, "K\x00\x85": false, "J\xff\xff\xff\xff\x85": false,
		"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x40\x85": false, "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x40K\x04\x86": false, "N": false,
	} {
		if v, err := newDecoder(array(shape)).Decode(); (err == nil) != ok {
			t.Errorf("shape %q: %s, %v", shape, show(v), err)
		}
	}
}

// TestLimits: pickles that would take much of something end early.
func TestLimits(t *testing.T) {
	list := "](" + strings.Repeat("N", 100_000) + "eq\x00"
	call := "ccollections\nOrderedDict\nq\x01]q\x02(" + strings.Repeat("K\x01K\x01\x86", 50_000) + "e"
	for name, text := range map[string]string{
		"stack":   strings.Repeat("N", maxStack+1),
		"marks":   strings.Repeat("(", maxStack+1),
		"ops":     strings.Repeat("N0", maxOps),
		"memory":  strings.Repeat("}0", maxMemory/128+1),
		"lists":   list + strings.Repeat("(h\x00tq\x00", 3) + strings.Repeat("]0", maxMemory/64+1),
		"calls":   call + strings.Repeat("h\x01h\x02\x85R", 100),
		"strings": strings.Repeat("X\x00\x00\x10\x00"+strings.Repeat("a", 1<<20)+"0", 129),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := newDecoder(text).Decode()
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 2*maxMemory {
			t.Errorf("%s: %d MiB allocated", name, took>>20)
		}
	}
}

// TestFile: strings and bytes of a file larger than the buffer, and a file that shrinks.
func TestFile(t *testing.T) {
	long := strings.Repeat("0123456789", 5000)
	text := "(X\x50\xc3\x00\x00" + long + "B\x50\xc3\x00\x00" + long + "K\x01\x8c\x02abt.K\x02."
	d := newDecoder(text)
	v, err := d.Decode()
	if err != nil {
		t.Fatal(err)
	}
	items := v.(*Tuple).Items
	b, err := items[1].(*Bytes).ReadAll(1 << 20)
	if items[0] != long || string(b) != long || err != nil || items[2] != int64(1) || items[3] != "ab" {
		t.Errorf("%s, %v", show(items[2:]), err)
	}
	if _, err := items[1].(*Bytes).ReadAll(100); err == nil {
		t.Error("more bytes than wanted were read")
	}
	if v, err := d.Decode(); err != nil || v != int64(2) {
		t.Errorf("the second pickle: %v, %v", v, err)
	}
	short := NewDecoder(strings.NewReader(text[:40_000]), int64(len(text)))
	if _, err := short.Decode(); err == nil {
		t.Error("a file shorter than it claims was read")
	}
	if Kind(big.NewInt(1)) != "an int" || Short("a\n") != `"a\n"` {
		t.Error("descriptions")
	}
}
