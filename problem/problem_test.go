package problem

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion/exact"
	"tweedie/inverse"
)

// write writes a text file into dir and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens a problem file with a text.
func open(t *testing.T, dir, text string) *Problem {
	t.Helper()
	p, err := Open(t.Context(), write(t, dir, "problem.json", text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMistakes: each is one line with the file, the field, what is wrong and what would be right.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	writeNPY(t, dir, "y.npy", []int{1, 4, 4}, ramp)
	writeNPY(t, dir, "three.npy", []int{1, 3, 3}, ramp)
	writeNPY(t, dir, "all.npy", []int{1, 4, 4}, func(int) float64 { return math.NaN() })
	writeNPY(t, dir, "none.npy", []int{1, 4, 4}, func(int) float64 { return 0 })
	for name, v := range map[string]float64{"huge.npy": -1e300, "float.npy": 1e38} {
		writeNPY(t, dir, name, []int{1, 4, 4}, func(i int) float64 { return map[bool]float64{true: v, false: .5}[i == 3] })
	}
	write(t, dir, "text.txt", "hello")
	archive := &checkpoints.File{}
	for _, name := range []string{"vis", "uv"} {
		if err := archive.Add(checkpoints.FromFloat64(name, []int{1, 4, 4}, make([]float64, 16))); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkpoints.SaveNPZ(filepath.Join(dir, "a.npz"), archive); err != nil {
		t.Fatal(err)
	}
	field := func(more string) string {
		all := map[string]string{"prior": `"digits8"`, "operator": `{"kind":"block-average","rows":2,"cols":2}`, "noise": `{"kind":"gaussian","sigma":0.05}`, "data": `"y.npy"`}
		name, value, _ := strings.Cut(more, ":")
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
	for text, want := range map[string]string{
		field(`opertor:{}`):                                     `opertor is unknown; did you mean operator?`,
		field(`prior:`):                                         `prior is missing; name one of digits8`,
		field(`prior:"digits9"`):                                `prior: there is no prior named "digits9"...did you mean digits8?`,
		field(`prior:{"nmae":"digits8"}`):                       `prior.nmae is unknown; did you mean prior.name?`,
		field(`prior:{"name":"digits8","class":3}`):             `prior.class is 3; digits8 has no classes`,
		field(`prior:{"name":"digits8","size":[8,0]}`):          `prior.size is [8 0]; it must have positive extents, which give at most 16777216 pixels`,
		field(`operator:`):                                      `operator is missing; kinds of forward model are`,
		field(`operator:"none.json"`):                           `operator: ...none.json: no such file`,
		field(`operator:{"kind":"blur","gaussian":{"std":-1}}`): `operator: blur: `,
		field(`operator:{"kind":"block-average","rosw":2}`):     `operator: block-average: rosw is unknown; did you mean rows?`,
		field(`noise:`):                                         `noise is missing; give its law`,
		field(`noise:{"kind":"gaussian","sigma":-1}`):           `noise: gaussian: sigma is -1`,
		`{"prior":"digits8","operator":{"kind":"identity"},"noise":{"kind":"gaussian","sigma":"auto"},"data":` + sixtyFour + `}`: `noise: sigma cannot be estimated from this measurement: identity reaches all but`,
		field(`noise:{"kind":"gausian"}`):           `noise: ...did you mean gaussian?`,
		field(`data:`):                              `data is missing; give a measurement, or simulate`,
		field(`data:"none-here.npy"`):               `data: ...none-here.npy: no such file`,
		field(`data:"three.npy"`):                   `three.npy holds an array of shape [1,3,3]; it must be [1,4,4]`,
		field(`data:"text.txt"`):                    `text.txt`,
		field(`data:"a.npz"`):                       `a.npz holds 2 arrays ("vis", "uv"); say which`,
		field(`data:"a.npz:vsi"`):                   `a.npz holds no array called "vsi"; there are "vis", "uv"; did you mean vis?`,
		field(`data:{"file":"y.npy","mmeber":"a"}`): `data.mmeber is unknown; did you mean data.member?`,
		field(`data:{"real":[1,2]}`):                `data: it must have both real and imag`,
		field(`data:{"real":[1,2],"imag":[1]}`):     `data.imag: has shape [1] and real [2]`,
		field(`data:[[1,2],[3]]`):                   `data[1] is a list of 1 and the one before of 2; the array is ragged`,
		field(`data:[[1,2],3]`):                     `data[1] is a number where others are lists; the array is ragged`,
		field(`data:[1,[2]]`):                       `data[1] is a list where others are numbers; the array is ragged`,
		field(`data:[1,"x"]`):                       `data[1] is the string "x"; it must be a number`,
		field(`data:[]`):                            `data is an empty list`,
		field(`data:[1,{}]`):                        `data[1] is an object`,
		field(`data:[1e999]`):                       `is no array of numbers: the number 1e999 is beyond 1.8e308`,
		field(`data:"all.npy"`):                     `data: no entry of the measurement is left: entry 0 of y is NaN`,
		field(`data:"huge.npy"`):                    `data: ...huge.npy holds -1e+300 as entry 3, and what is measured of the prior's images is of the size of 1; it must be at most 1e+12`,
		field(`data:"float.npy"`):                   `data: ...float.npy holds 1e+38 as entry 3`,
		field(`data:{"real":[1],"imag":[1]}`):       `data: the field holds complex numbers of shape [1]; what block-average measures is real`,
		field(`mask:"none.npy"`):                    `no entry of the measurement is left`,
		field(`mask:"three.npy"`):                   `mask: ...three.npy holds an array of shape [1,3,3]; it must be [1,4,4]`,
		field(`mask:"all.npy"`):                     `all.npy holds NaN as entry 0; a mask is 1`,
		field(`simulate:{"image":"y.npy"}`):         `data is given beside simulate`,
		field(`range:[1,0]`):                        `range is [1 0]; it must ascend`,
		field(`range:[1,0,2]`):                      `range is an array of 3; it must be an array of 2 numbers`,
		field(`method:{"kind":"dpmp"}`):             `method.kind is "dpmp"; it must be `,
		field(`method:{"rounds":3}`):                `method: kind is missing`,
		field(`method:{"kind":"dpnp","rouns":3}`):   `method: rouns is unknown; did you mean rounds?`,
		field(`method:{"kind":"dpnp","rounds":-1}`): `method: dpnp: rounds is -1; it must lie between`,
		field(`samples:0`):                          `samples is 0; for images of 64 values it must lie between 1 and`,
		field(`seed:-1`):                            `seed is -1; it must be an integer that is not negative`,
		`{"prior":"digits8","prior":"digits8"}`:     `prior is given twice`,
		`{`:                                         `ends too early`,
		``:                                          `empty`,
	} {
		path := write(t, dir, "problem.json", text)
		_, err := Open(t.Context(), path)
		if err == nil {
			t.Errorf("%s was opened; want %q", text, want)
			continue
		}
		rest, ok := err.Error(), true
		for _, part := range append([]string{path}, strings.Split(want, "...")...) {
			if _, rest, ok = strings.Cut(rest, part); !ok {
				t.Errorf("%s: %v; want %q", text, err, want)
				break
			}
		}
		if strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%s: %q is not one line", text, err)
		}
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "gone.json")); err == nil || !strings.Contains(err.Error(), "gone.json: no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// ring is a problem on ring16 with more fields.
func ring(data, more string) string {
	return `{"prior":"ring16","operator":{"kind":"identity"},"noise":{"kind":"gaussian","sigma":0.2},"data":` + data + more + `}`
}

// sixtyFour is a measurement of digits8 of which one entry is missing.
var sixtyFour = "[[[null" + strings.Repeat(",0.5", 7) + "]" + strings.Repeat(",[0.5"+strings.Repeat(",0.5", 7)+"]", 7) + "]]"

const sixteen = `[[[0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,-0.1,-0.2,-0.3,-0.4,-0.5,-0.6,-0.7,-0.8]]]`

// TestArrays: the same numbers come from every form and file.
func TestArrays(t *testing.T) {
	dir := t.TempDir()
	want := open(t, dir, ring(sixteen, "")).Likelihood.Y
	writeNPY(t, dir, "y.npy", []int{16}, func(i int) float64 { return want[i] })
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	writeNPY(t, filepath.Join(dir, "sub"), "y.npy", []int{1, 1, 16}, func(i int) float64 { return want[i] })
	archive := &checkpoints.File{}
	for i, name := range []string{"other", "y"} {
		v := slices.Clone(want)
		v[0] += float64(1 - i)
		if err := archive.Add(checkpoints.FromFloat64(name, []int{1, 1, 16}, v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkpoints.SaveNPZ(filepath.Join(dir, "a.npz"), archive); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir()) // paths are relative to the file, not to here
	for _, data := range []string{sixteen, sixteen[2 : len(sixteen)-2], `"y.npy"`, `"sub/y.npy"`, `"./sub/../y.npy"`, `"` + filepath.ToSlash(filepath.Join(dir, "y.npy")) + `"`,
		`"a.npz:y"`, `{"file":"a.npz","member":"y"}`, `{"file":"y.npy"}`} {
		p := open(t, dir, ring(data, ""))
		if !slices.Equal(p.Likelihood.Y, want) {
			t.Errorf("%s: %v, want %v", data, p.Likelihood.Y, want)
		}
	}
}

// TestMissingEntries: the posterior of a problem with missing entries, by NaN, null or a mask, is that of the rows that are
// there, to which the closed form is exact.
func TestMissingEntries(t *testing.T) {
	dir := t.TempDir()
	const masked = `,"mask":[0,1,1,0,1,1,1,1,1,1,0,1,1,1,1,1]`
	full := open(t, dir, ring(sixteen, "")).Likelihood.Y
	writeNPY(t, dir, "nan.npy", []int{16}, func(i int) float64 {
		if i == 0 || i == 3 || i == 10 {
			return math.NaN()
		}
		return full[i]
	})
	keep := []int{1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15}
	rows, y := mat.NewDense(len(keep), 16, nil), make([]float64, len(keep))
	for i, k := range keep {
		rows.Set(i, k, 1)
		y[i] = full[k]
	}
	post, _, err := exact.Ring16().Posterior(exact.Measure(rows, y, .2))
	if err != nil {
		t.Fatal(err)
	}
	want := post.Mean()
	for name, text := range map[string]string{
		"mask": ring(sixteen, masked),
		"NaN":  ring(`"nan.npy"`, ""),
		"null": ring(strings.NewReplacer("[0.1,", "[null,", ",0.4,", ",null,", ",-0.3,", ",null,").Replace(sixteen), ""),
		"both": ring(`"nan.npy"`, `,"mask":[true,true,true,false,true,true,true,true,true,true,true,true,true,true,true,true]`),
	} {
		p := open(t, dir, text)
		if got := p.Likelihood; got.Op.OutShape() != autodiff.S(13) || !slices.Equal(got.Y, y) {
			t.Fatalf("%s: %v entries of %v", name, got.Op.OutShape(), got.Y)
		}
		for i, x := range exactMean(t, p) {
			if !(math.Abs(x-want[i]) < 1e-10) {
				t.Errorf("%s: the mean of pixel %d is %g, want %g", name, i, x, want[i])
				break
			}
		}
		f, err := p.Effective()
		if err != nil || f.About.Measurements != 13 || f.About.Missing != 3 || f.About.Pixels != 16 {
			t.Errorf("%s: %+v, %v", name, f.About, err)
		}
	}
	// Noise with a deviation for each entry loses the same ones.
	sigmas := `[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]`
	p := open(t, dir, strings.Replace(ring(sixteen, masked), `"sigma":0.2`, `"sigmas":`+sigmas, 1))
	if g := p.Likelihood.Noise.(inverse.Gaussian); len(g.Sigmas) != 13 || g.Sigmas[0] != 2 || g.Sigmas[2] != 5 {
		t.Errorf("sigmas %v", g.Sigmas)
	}
}

// exactMean is the posterior mean of a problem on ring16 by the closed form for the operator that the problem has.
func exactMean(t *testing.T, p *Problem) []float64 {
	t.Helper()
	a, err := inverse.Matrix(p.Likelihood.Op.(inverse.Linear))
	if err != nil {
		t.Fatal(err)
	}
	post, _, err := exact.Ring16().Posterior(exact.Measure(a, p.Likelihood.Y, p.Likelihood.Noise.(inverse.Gaussian).Sigma))
	if err != nil {
		t.Fatal(err)
	}
	return post.Mean()
}

// TestMissingSamples: DPnP on the problem with missing entries has the moments of the closed form.
func TestMissingSamples(t *testing.T) {
	p := open(t, t.TempDir(), ring(sixteen, `,"mask":[0,1,1,0,1,1,1,1,1,1,0,1,1,1,1,1],"samples":1000`))
	res, err := p.Method.Solve(t.Context(), p.Problem, p.Run())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range exactMean(t, p) {
		if !(math.Abs(res.Mean[i]-want) < .05) {
			t.Errorf("pixel %d: mean %g, want %g", i, res.Mean[i], want)
		}
	}
}

// TestRoundTrip: a problem that is saved, and one that a dry run prints, is the same problem again, wherever it lies.
func TestRoundTrip(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	writeNPY(t, from, "y.npy", []int{1, 4, 4}, ramp)
	writeNPY(t, from, "x.npy", []int{1, 8, 8}, ramp)
	const digits = `{"prior":"digits8","operator":{"kind":"block-average","rows":2,"cols":2},"noise":{"kind":"gaussian","sigma":0.05},`
	large := strings.Repeat("0.5,", 99) + "null"
	for _, text := range []string{
		digits + `"data":"y.npy","units":"Jy/beam","seed":18446744073709551615,"samples":3}`,
		digits + `"data":"y.npy","mask":[1,1,0,1,1,1,1,1,1,1,1,1,1,1,1,1],"range":[-1,2],"method":{"kind":"red-diff","steps":7}}`,
		digits + `"simulate":{"image":"x.npy"},"seed":4,"method":{"kind":"dpi","family":{"kind":"diagonal"}}}`,
		ring(sixteen, ""),
		strings.Replace(ring("["+large+"]", ""), `{"kind":"identity"}`, `{"kind":"dense","rows":100,"data":[`+strings.Repeat("1,0,", 799)+`1,0]}`, 1),
		strings.Replace(digits, `{"kind":"block-average","rows":2,"cols":2}`, `{"kind":"dft","keep":[0,1]}`, 1) + `"data":{"real":[1,2],"imag":[0.5,null]}}`,
	} {
		p := open(t, from, text)
		f, err := p.Effective()
		if err != nil {
			t.Fatal(err)
		}
		printed, err := f.Text()
		if err != nil {
			t.Fatal(err)
		}
		saved := filepath.Join(to, "saved.json")
		if err := p.Save(saved); err != nil {
			t.Fatal(err)
		}
		again, err := Open(t.Context(), saved)
		if err != nil {
			t.Fatal(err)
		}
		for how, q := range map[string]*Problem{"saved": again, "printed": open(t, to, string(printed))} {
			g, err := q.Effective()
			if err != nil {
				t.Fatal(err)
			}
			if how == "printed" && !reflect.DeepEqual(about(f), about(g)) {
				t.Errorf("%s: the problem is %+v, and %s %+v", text, f, how, g)
			}
			if !slices.Equal(p.Likelihood.Y, q.Likelihood.Y) || p.Likelihood.Op.OutShape() != q.Likelihood.Op.OutShape() || !slices.Equal(p.Truth, q.Truth) ||
				!reflect.DeepEqual(p.Method, q.Method) || p.Run().Seed != q.Run().Seed || p.Run().Samples != q.Run().Samples || p.Range != q.Range || p.file.Units != q.file.Units {
				t.Errorf("%s: %s is another problem", text, how)
			}
		}
	}
}

// about is the text of a File.
func about(f File) string {
	text, err := f.Text()
	if err != nil {
		return err.Error()
	}
	return string(text)
}
