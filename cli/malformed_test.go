package cli

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	tnpy "tweedie/internal/npy"
	"tweedie/inverse"
)

// dead is an operator whose program has died.
type dead struct{ inverse.Base }

func (o *dead) Apply(_, _ []float64) {
	panic(&inverse.OperatorError{Op: "dead-in-tests", Err: errors.New("the program scan.py ended with exit status 3; run it by hand to see why")})
}
func (o *dead) Adjoint(dst, y []float64) { o.Apply(dst, y) }

// deadConfig describes one.
type deadConfig struct{}

func (deadConfig) Kind() string                  { return "dead-in-tests" }
func (deadConfig) Validate(autodiff.Shape) error { return nil }
func (c deadConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	return &dead{inverse.BaseOf(c, in, in)}, nil
}

func init() { inverse.Register(deadConfig{}) }

// malformedFiles are what the problems below name.
func malformedFiles(t *testing.T, dir string) {
	t.Helper()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	npy(t, dir, "y.npy", []int{1, 4, 4}, ramp)
	npy(t, dir, "x.npy", []int{1, 8, 8}, ramp)
	npy(t, dir, "three.npy", []int{3, 3}, ramp)
	npy(t, dir, "turned.npy", []int{2, 4, 2}, ramp)
	npy(t, dir, "map.npy", []int{2, 4, 2}, func(i int) float64 { return ramp(i) + 1 })
	npy(t, dir, "nan.npy", []int{1, 4, 4}, func(int) float64 { return math.NaN() })
	npy(t, dir, "inf.npy", []int{1, 4, 4}, func(i int) float64 { return 1 / float64(i%16-3) })
	npy(t, dir, "levels.npy", []int{1, 8, 8}, func(i int) float64 { return float64(i * 4) })
	npy(t, dir, "huge.npy", []int{1, 4, 4}, func(i int) float64 { return 1e30 * float64(i) })
	npy(t, dir, "negative.npy", []int{1, 4, 4}, func(i int) float64 { return float64(i) - 3 })
	npy(t, dir, "matrix.npy", []int{4, 60}, ramp)
	npy(t, dir, "zeros.npy", []int{1, 4, 4}, func(int) float64 { return 0 })
	npy(t, dir, "part.npy", []int{4}, func(i int) float64 { return float64(i) + 0.5 })
	whole, err := os.ReadFile(filepath.Join(dir, "y.npy"))
	if err != nil {
		t.Fatal(err)
	}
	write("cut.npy", string(whole[:len(whole)-40]))
	write("head.npy", string(whole[:7]))
	write("empty.npy", "")
	write("lies.npy", string(tnpy.AppendHeader(nil, 'f', 8, []int{1 << 20, 1 << 20}))+"12345678")
	write("text.npy", "0.1 0.2 0.3\n")
	write("words.npy", strings.Replace(string(tnpy.AppendHeader(nil, 'u', 1, []int{3})), "'|u1'", "'<U2'", 1)+strings.Repeat("\x00", 24))
	complexes := tnpy.AppendHeader(nil, 'c', 16, []int{4, 4})
	for i := range 32 {
		complexes = binary.LittleEndian.AppendUint64(complexes, math.Float64bits(float64(i)))
	}
	write("complex.npy", string(complexes))
	archive := &checkpoints.File{}
	for _, name := range []string{"vis", "weights"} {
		if err := archive.Add(checkpoints.FromFloat64(name, []int{1, 4, 4}, make([]float64, 16))); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkpoints.SaveNPZ(filepath.Join(dir, "two.npz"), archive); err != nil {
		t.Fatal(err)
	}
	card := func(s string) string { return s + strings.Repeat(" ", 80-len(s)) }
	fits := func(data string, cards ...string) string {
		text := ""
		for _, c := range append(cards, "END") {
			text += card(c)
		}
		return text + strings.Repeat(" ", 2880-len(text)) + data + strings.Repeat("\x00", (2880-len(data)%2880)%2880)
	}
	write("nodata.fits", fits("", "SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0"))
	write("cut.fits", fits("", "SIMPLE  = T", "BITPIX  = -64", "NAXIS   = 2", "NAXIS1  = 4", "NAXIS2  = 4"))
	write("two.fits", fits("", "SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0")+fits("1234", "XTENSION= 'IMAGE'", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "PCOUNT  = 0", "GCOUNT  = 1", "EXTNAME = 'SCI'")+
		fits("1234", "XTENSION= 'IMAGE'", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "PCOUNT  = 0", "GCOUNT  = 1", "EXTNAME = 'ERR'"))
	write("cut.mtx", "%%MatrixMarket matrix array real general\n4 4\n1\n2\n")
	write("bare.mtx", "4 4 1\n1 1 5\n")
	write("bad.png", "\x89PNG\r\n\x1a\n and so on")
	npy(t, dir, "psfzero.npy", []int{3, 3}, func(int) float64 { return 0 })
	npy(t, dir, "psf3.npy", []int{3, 5, 5}, ramp)
	npy(t, dir, "nan2.npy", []int{2, 64}, func(int) float64 { return math.NaN() })
	garbage := "\xb7\x1f\xe7\x02\xb1\xc4\x88\x10\x2a" + strings.Repeat("\x5a\xf3\x00", 40)
	for _, end := range []string{"npy", "npz", "png", "fits", "dat"} {
		write("garbage."+end, garbage)
	}
	write("scan.tif", "II*\x00\x08\x00\x00\x00"+strings.Repeat("\x01\x02", 40))
	write("op.json", `{"kind":"blur","gaussian":{"size":5,"std":1}`)
	write("list.json", `[1,2]`)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
}

// malformed are problems that cannot be solved: fields that replace those of a good one, by name, or a whole text, and the
// words of the error, in order, with "..." for anything between.
var malformed = []struct{ fields, want string }{
	// the text
	{``, `problem.json is empty`},
	{`[]`, `problem.json: the value is an array; it must be an object`},
	{`{"prior":`, `problem.json: the JSON text ends too early, at line 1`},
	{`{'prior':'digits8'}`, `problem.json: the text is not JSON at line 1, column 2`},
	{`{"prior":"digits8","prior":"ring16"}`, `problem.json: prior is given twice; give it once`},
	{`opertor:{}`, `opertor is unknown; did you mean operator?`},
	{`sigma:0.1`, `sigma is unknown`},
	// the prior
	{`prior:`, `prior is missing; name one of digits8`},
	{`prior:"digit8"`, `prior: there is no prior named "digit8"...did you mean digits8?`},
	{`prior:"y.npy"`, `prior: ...y.npy does not describe itself`},
	{`prior:7`, `prior is 7; it must be a name or a path, or an object with a name`},
	{`prior:"folder"`, `prior: ...folder`},
	{`prior:{"name":"digits8","class":1}`, `prior.class is 1; digits8 has no classes`},
	// the operator
	{`operator:`, `operator is missing; kinds of forward model are block-average`},
	{`operator:{"rows":2}`, `operator: kind is missing; it says what the other fields are of`},
	{`operator:{"kind":"block-averages","rows":2,"cols":2}`, `operator: kind is "block-averages", which is none of...did you mean block-average?`},
	{`operator:{"kind":"block-average","row":2,"cols":2}`, `operator: block-average: row is unknown; did you mean rows?`},
	{`operator:{"kind":"block-average","rows":3,"cols":2}`, `operator: block-average: rows is 3; it must divide the height of [1,8,8]; it may be 2, 4, 8`},
	{`operator:{"kind":"block-average","cols":2}`, `operator: block-average: rows is missing; it must divide the height of [1,8,8]; it may be 2, 4, 8`},
	{`operator:{"kind":"compose","ops":[{"kind":"identity"},{"kind":"blur","psf":"psfzero.npy"}]}`, `operator: compose: ops[1]: blur: psf.data: every entry is zero; a kernel must have one that is not (from psfzero.npy)`},
	{`operator:{"kind":"blur","psf":"psf3.npy"}`, `operator: blur: psf: ...psf3.npy has shape [3,5,5]; it must be [rows,cols]`},
	{`operator:{"kind":"dense","matrix":"matrix.npy"}`, `operator: dense: matrix: ...matrix.npy has shape [4,60]; for images [1,8,8] of 64 entries it must be [m,64]`},
	{`operator:{"kind":"sparse","matrix":"nan2.npy"}`, `operator: sparse: matrix: ...nan2.npy has NaN in row 0 and column 0; every entry must be a finite number`},
	{`operator:{"kind":"select","slice":{"step":0}}`, `operator: select: slice.step is 0; it must be at least 1, or be left out for 1`},
	{`operator:{"kind":"gaussian-rows","rows":900000}`, `data: y.npy holds an array of shape [1,4,4]; gaussian-rows measures 900000 numbers of these images, so there must be as many`},
	{`operator:{"kind":"stack","ops":[` + strings.Repeat(`{"kind":"identity"},`, 299) + `{"kind":"identity"}]}`, `data: y.npy holds an array of shape [1,4,4]; stack measures 19200 numbers of these images`},
	{`operator:"identity"`, `operator is "identity", which would be a file, and there is none; write {"kind": "identity"}`},
	{`operator:{"kind":"inpaint","box":{"top":2,"left":2,"height":2,"width":2}},data:"x.npy"`, `data: x.npy holds an array of shape [1,8,8]; it must be the list [60] of the pixels that are kept, x[mask] in numpy: save that, or give the whole picture with the operator identity and the mask as "mask"`},
	{`operator:{"kind":"block-average","rows":2.5,"cols":2}`, `operator: block-average: rows is 2.5; it must be an integer`},
	{`operator:{"kind":"blur","gaussian":{"size":5,"std":-1}}`, `operator: blur: gaussian.std`},
	{`operator:{"kind":"blur","gaussian":{"size":999999999,"std":1}}`, `operator: blur: gaussian.size`},
	{`operator:{"kind":"dense","rows":4,"data":"matrix.npy"}`, `operator: dense: data: 240 entries are not rows x pixels = 4 x 64`},
	{`operator:{"kind":"dense","rows":999999999999,"data":"matrix.npy"}`, `operator: dense: ...999999999999`},
	{`operator:{"kind":"dense","rows":4,"data":"gone.npy"}`, `operator: dense: data: ...gone.npy: no such file`},
	{`operator:{"kind":"dense","rows":4,"data":"complex.npy"}`, `operator: dense: data: ...complex.npy holds complex numbers; it must hold real ones`},
	{`operator:{"kind":"dense","rows":4,"data":"cut.mtx"}`, `operator: dense: data: ...cut.mtx: line 4: the file ends after 2 entries; the sizes promise 16`},
	{`operator:{"kind":"dft","keep":"part.npy"}`, `operator: dft: keep[0] is 0.5; it must be a whole number`},
	{`operator:"op.json"`, `operator: ...the JSON text ends too early`},
	{`operator:"list.json"`, `operator: ...the value is an array; it must be an object`},
	{`operator:"gone.json"`, `operator: ...gone.json: no such file`},
	{`operator:"folder"`, `operator: ...folder is a folder, not a regular file; name a file in it`},
	{`operator:{"kind":"dead-in-tests"},data:"x.npy"`, `problem.json: operator: dead-in-tests: the program scan.py ended with exit status 3; run it by hand`},
	// the noise
	{`noise:`, `noise is missing; give its law in the units of the measurement`},
	{`noise:{"kind":"gausian","sigma":1}`, `noise: kind is "gausian"...did you mean gaussian?`},
	{`noise:{"kind":"gaussian"}`, `noise: gaussian: sigma is missing; it must lie between`},
	{`noise:{"kind":"gaussian","sigma":null}`, `noise: gaussian: sigma is missing; it must lie between`},
	{`noise:{"kind":"gaussian","sigma":0}`, `noise: gaussian: sigma is 0; it must lie between`},
	{`noise:{"kind":"gaussian-unknown","scale":1}`, `noise: gaussian-unknown: shape is missing; it must lie between`},
	{`noise:{"kind":"poisson-gaussian","gain":1}`, `noise: poisson-gaussian: sigma is missing; it must lie between`},
	{`noise:{"kind":"gaussian","sigma":"automatic"}`, `noise: gaussian: sigma is the string "automatic"; it must be a number, or "auto" to have it estimated...sigmas`},
	{`noise:"gaussian"`, `noise is "gaussian", which would be a file, and there is none; write {"kind": "gaussian"}`},
	{`noise:{"kind":"gaussian","covariance":"three.npy"}`, `noise: gaussian: covariance: ...three.npy has shape [3,3]; it must be [16,16]`},
	{`noise:{"kind":"gaussian","sigma":-0.1}`, `noise: gaussian: sigma is -0.1; it must lie between`},
	{`noise:{"kind":"gaussian","sigma":"y.npy"}`, `noise: gaussian: sigma is the string "y.npy"; it must be a number...sigmas`},
	{`noise:{"kind":"gaussian","sigma":[1,2]}`, `noise: gaussian: sigma is an array; it must be a number...sigmas`},
	{`noise:{"kind":"gaussian","sigmas":"three.npy"}`, `noise: gaussian: sigmas: 9 entries for 16 measurements; there must be one for each (from three.npy)`},
	{`noise:{"kind":"gaussian","sigmas":"map.npy"}`, `noise: sigmas: map.npy holds an array of shape [2,4,2]; it must be [1,4,4]`},
	{`noise:{"kind":"gaussian","sigmas":"negative.npy"}`, `noise: gaussian: sigmas[0] is -3; it must lie between`},
	{`noise:{"kind":"gaussian","sigmas":"nan.npy"}`, `noise: gaussian: sigmas[0] is NaN`},
	// the data
	{`data:`, `data is missing; give a measurement, or simulate`},
	{`data:"gone.npy"`, `data: ...gone.npy: no such file`},
	{`data:"folder"`, `data: ...folder is a folder, not a regular file; name a file in it`},
	{`data:"three.npy"`, `data: three.npy holds an array of shape [3,3]; it must be [1,4,4]`},
	{`data:"turned.npy"`, `data: turned.npy holds an array of shape [2,4,2]; it must be [1,4,4]: the order of the axes is another`},
	{`data:"complex.npy"`, `data: complex.npy holds complex numbers of shape [4,4]; what block-average measures is real, of shape [1,4,4]: take the real part or the modulus`},
	{`data:"cut.npy"`, `data: ...cut.npy...takes 128 bytes, the file has 88 after its header`},
	{`data:"head.npy"`, `data: ...head.npy...ends inside the first 10 bytes`},
	{`data:"empty.npy"`, `data: ...empty.npy...an empty file`},
	{`data:"lies.npy"`, `data: ...lies.npy...takes 8796093022208 bytes, the file has 8`},
	{`data:"text.npy"`, `data: ...text.npy...this is not an array of numpy, as its name has it: it begins with "0.1 0.2`},
	{`data:"words.npy"`, `data: ...words.npy...element type "<U2" is not read; known are f2`},
	{`data:"nan.npy"`, `data: no entry of the measurement is left`},
	{`data:"inf.npy"`, `data: inf.npy holds +Inf as entry 3; it must be a finite number, or NaN where it is missing`},
	{`data:"garbage.npy"`, `data: ...garbage.npy...this is not an array of numpy, as its name has it: it begins with...save it again with numpy.save`},
	{`data:"garbage.npz"`, `data: ...garbage.npz...this is not an archive of numpy...save it again with numpy.savez`},
	{`data:"garbage.png"`, `data: ...garbage.png...this is not a PNG picture`},
	{`data:"garbage.fits"`, `data: ...garbage.fits...this is not a FITS file`},
	{`data:"garbage.dat"`, `data: ...garbage.dat...the file begins with...as none does that can be read: safetensors`},
	{`data:"scan.tif"`, `data: ...scan.tif...this is a TIFF picture, which is not read: save it as PNG, or its numbers with numpy.save`},
	{`data:"huge.npy"`, `data: huge.npy holds 1e+30 as entry 1...it must be at most 1e+12 in the units of those images, or NaN where it is missing`},
	{`data:"two.npz"`, `data: two.npz holds 2 arrays ("vis", "weights"); say which, as in "two.npz:NAME"`},
	{`data:"two.npz:viz"`, `data: two.npz holds no array called "viz"; there are "vis", "weights"; did you mean vis?`},
	{`data:"two.fits"`, `data: two.fits holds 2 images, "1 (SCI)", "2 (ERR)"; say which`},
	{`data:"two.fits:3"`, `data: two.fits holds no array called "3"; there are "1 (SCI)", "2 (ERR)"`},
	{`data:"nodata.fits"`, `data: ...nodata.fits...there are neither images nor binary tables in it`},
	{`data:"cut.fits"`, `data: ...cut.fits...take more than the 0 bytes that are left`},
	{`data:"bare.mtx"`, `data: bare.mtx: line 1: is "4 4 1"; a file of MatrixMarket begins with`},
	{`data:"bad.png"`, `data: ...bad.png`},
	{`data:[[1,2],[3]]`, `data[1] is a list of 1 and the one before of 2; the array is ragged`},
	{`data:[1,"two"]`, `data[1] is the string "two"; it must be a number, or null where one is missing`},
	{`data:{"fil":"y.npy"}`, `data.fil is unknown; did you mean data.file?`},
	{`data:{"real":[1,2]}`, `data: it must have both real and imag`},
	{`data:3`, `data: the field holds an array of shape []; it must be [1,4,4]`},
	{`mask:"zeros.npy"`, `no entry of the measurement is left; those that count have a mask of 1 and a number in data`},
	{`mask:"three.npy"`, `mask: three.npy holds an array of shape [3,3]; it must be [1,4,4]`},
	{`mask:"nan.npy"`, `mask: nan.npy holds NaN as entry 0; a mask is 1 where a number was measured and 0 where not`},
	// a simulation
	{`data:,simulate:{}`, `simulate.image is missing; give an image to simulate a measurement from, or "prior": true`},
	{`simulate:{"prior":true}`, `data is given beside simulate; give a measurement, or an image`},
	{`data:,simulate:{"image":"y.npy"}`, `simulate.image: y.npy...[1,4,4]...[1,8,8]`},
	{`data:,simulate:{"image":"levels.npy"}`, `simulate.image: levels.npy has values from 0 to 252; the prior's images lie in [0, 1], so scale them first`},
	// the rest
	{`range:[1,0]`, `range is [1 0]; it must ascend`},
	{`method:{"kind":"dnp"}`, `method.kind is "dnp"; it must be dpi, dpnp`},
	{`method:"dpnp"`, `method is "dpnp", which would be a file, and there is none; write {"kind": "dpnp"}`},
	{`method:{"kind":"dpnp","rounds":-1}`, `method: dpnp: rounds is -1; it must lie between`},
	{`samples:0`, `samples is 0; for images of 64 values it must lie between 1 and`},
	{`samples:99999999999`, `samples is 99999999999; for images of 64 values it must lie between 1 and`},
	{`seed:1.5`, `seed is 1.5; it must be an integer that is not negative`},
}

// TestMalformedProblems: each of them is refused by solve and by op check within seconds, in one line with the key, the file
// and what would be right, and nothing is written.
func TestMalformedProblems(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	malformedFiles(t, dir)
	before, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range malformed {
		text := c.fields
		if text != "" && !strings.ContainsAny(text[:1], `{[`) {
			text = replaced(c.fields)
		}
		if err := os.WriteFile("problem.json", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"solve", "--problem", "problem.json", "--out", "out"}, {"op", "check", "problem.json", "--png", "points.png"}} {
			if args[0] == "op" && (strings.HasPrefix(c.fields, "data:,") || c.fields == "data:") {
				continue // a simulation, with which op check is content
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			code, out, msg := tweedieIn(t, ctx, args...)
			cancel()
			rest, ok := msg, true
			for _, part := range strings.Split(c.want, "...") {
				if _, rest, ok = strings.Cut(rest, part); !ok {
					break
				}
			}
			if code != 1 || out != "" || !ok || strings.Count(msg, "\n") != 1 || len(msg) > 700 {
				t.Errorf("%s of %s: code %d, %q; want one line with %q", args[0], text, code, msg, c.want)
			}
		}
	}
	after, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	names := func(list []os.DirEntry) (out []string) {
		for _, e := range list {
			if e.Name() != "problem.json" {
				out = append(out, e.Name())
			}
		}
		return out
	}
	if !slices.Equal(names(before), names(after)) {
		t.Errorf("files %v, before %v", names(after), names(before))
	}
	if len(malformed) < 60 {
		t.Errorf("only %d problems", len(malformed))
	}
}

// replaced is a good problem with other fields, "name:value,name:value"; a field without a value is left out.
func replaced(fields string) string {
	all := map[string]string{"prior": `"digits8"`, "operator": `{"kind":"block-average","rows":2,"cols":2}`, "noise": `{"kind":"gaussian","sigma":0.05}`, "data": `"y.npy"`}
	for _, second := range []string{",simulate:", ",data:"} {
		if first, value, ok := strings.Cut(fields, second); ok {
			all[strings.Trim(second, ",:")] = value
			fields = first
		}
	}
	name, value, _ := strings.Cut(fields, ":")
	all[name] = value
	var parts []string
	for k, v := range all {
		if v != "" {
			parts = append(parts, `"`+k+`":`+v)
		}
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ",") + "}"
}
