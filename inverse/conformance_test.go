package inverse_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
	"tweedie/rng"
)

// rows has at least one row for every kind of operator, for every type with an Adjoint or a VJP, and for every part of a
// description that holds numbers. The suites of operators, of hostile numbers and of chi^2 run over all of them.
var rows = []struct {
	name string
	in   autodiff.Shape
	json string
	wrap func(inverse.Linear) (inverse.Linear, error)
}{
	{"identity", autodiff.S(2, 3, 5), `{"kind":"identity"}`, nil},
	{"identity/vector", autodiff.S(7), `{"kind":"identity"}`, nil},
	{"inpaint/box", autodiff.S(2, 4, 5), `{"kind":"inpaint","box":{"top":1,"left":2,"height":2,"width":3}}`, nil},
	{"inpaint/box-multiply", autodiff.S(2, 4, 5), `{"kind":"inpaint","multiply":true,"box":{"top":0,"left":0,"height":4,"width":1}}`, nil},
	{"inpaint/random", autodiff.S(3, 4, 5), `{"kind":"inpaint","random":{"keep":0.3,"seed":7}}`, nil},
	{"inpaint/random-per-channel", autodiff.S(3, 4, 5), `{"kind":"inpaint","random":{"keep":0.5,"seed":7,"per_channel":true}}`, nil},
	{"inpaint/mask", autodiff.S(2, 1, 3), `{"kind":"inpaint","mask":"AQAB"}`, nil},
	{"block-average/2x3", autodiff.S(2, 4, 9), `{"kind":"block-average","rows":2,"cols":3}`, nil},
	{"block-average/1x1", autodiff.S(1, 3, 2), `{"kind":"block-average","rows":1,"cols":1}`, nil},
	{"block-average/whole", autodiff.S(1, 3, 2), `{"kind":"block-average","rows":3,"cols":2}`, nil},
	{"blur/gaussian", autodiff.S(2, 5, 8), `{"kind":"blur","gaussian":{"size":5,"std":0.6}}`, nil},
	{"blur/uniform-wraps", autodiff.S(1, 3, 4), `{"kind":"blur","uniform":{"rows":5,"cols":2}}`, nil},
	{"blur/line", autodiff.S(1, 7, 5), `{"kind":"blur","line":{"length":1.5,"angle":30}}`, nil},
	{"blur/motion", autodiff.S(1, 9, 8), `{"kind":"blur","motion":{"size":5,"intensity":0.5,"seed":3}}`, nil},
	{"blur/psf-uneven", autodiff.S(2, 6, 3), `{"kind":"blur","psf":{"rows":1,"cols":2,"data":[1,-0.25]}}`, nil},
	{"blur/zero", autodiff.S(2, 5, 8), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.7}}`, nil},
	{"blur/zero-larger-than-image", autodiff.S(1, 3, 4), `{"kind":"blur","boundary":"zero","motion":{"size":9,"intensity":0.8,"seed":1}}`, nil},
	{"blur/psf-array", autodiff.S(2, 6, 3), `{"kind":"blur","psf":[[1,-0.25],[0.5,2],[0.1,0.3]]}`, nil},
	{"blur/psf-centre", autodiff.S(1, 6, 5), `{"kind":"blur","centre":[0,1],"normalise":true,"psf":[[2,1],[0.5,0.25]]}`, nil},
	{"blur/psf-centroid", autodiff.S(1, 6, 5), `{"kind":"blur","boundary":"zero","centre":"centroid","psf":[[0,0,1],[0,0.5,3]]}`, nil},
	{"blur/reflect", autodiff.S(2, 5, 8), `{"kind":"blur","boundary":"reflect","gaussian":{"size":3,"std":0.7}}`, nil},
	{"blur/reflect-larger-than-image", autodiff.S(1, 3, 1), `{"kind":"blur","boundary":"reflect","motion":{"size":9,"intensity":0.8,"seed":1}}`, nil},
	{"blur/valid", autodiff.S(2, 5, 8), `{"kind":"blur","boundary":"valid","uniform":{"rows":3,"cols":2}}`, nil},
	{"inpaint/lattice", autodiff.S(2, 5, 7), `{"kind":"inpaint","lattice":{"rows":2,"cols":3,"top":1,"left":2}}`, nil},
	{"inpaint/keep", autodiff.S(2, 2, 3), `{"kind":"inpaint","keep":[[0,1,1],[0.2,0,1]]}`, nil},
	{"mosaic/bayer", autodiff.S(3, 4, 5), `{"kind":"mosaic"}`, nil},
	{"mosaic/digits", autodiff.S(4, 3, 4), `{"kind":"mosaic","pattern":["013","2g0"]}`, nil},
	{"gray/mean", autodiff.S(3, 2, 4), `{"kind":"gray"}`, nil},
	{"gray/luma", autodiff.S(3, 2, 4), `{"kind":"gray","mix":"luma"}`, nil},
	{"gray/weights", autodiff.S(2, 3, 3), `{"kind":"gray","mix":"weights","weights":[-2,0.5]}`, nil},
	{"gray/one-channel", autodiff.S(1, 3, 3), `{"kind":"gray"}`, nil},
	{"downsample/bicubic", autodiff.S(2, 8, 12), `{"kind":"downsample","rows":2,"cols":3}`, nil},
	{"downsample/bicubic-circular", autodiff.S(1, 8, 12), `{"kind":"downsample","rows":4,"cols":2,"boundary":"circular","offset":0.5}`, nil},
	{"downsample/box-zero", autodiff.S(1, 6, 4), `{"kind":"downsample","rows":3,"cols":2,"filter":"box","boundary":"zero"}`, nil},
	{"downsample/bilinear-replicate", autodiff.S(1, 6, 4), `{"kind":"downsample","rows":1,"cols":4,"filter":"bilinear","boundary":"replicate"}`, nil},
	{"downsample/lanczos", autodiff.S(2, 6, 4), `{"kind":"downsample","rows":2,"cols":2,"filter":"lanczos3"}`, nil},
	{"downsample/large", autodiff.S(1, 1, 2050), `{"kind":"downsample","rows":1,"cols":2}`, nil},
	{"hadamard/random", autodiff.S(2, 4, 8), `{"kind":"hadamard","random":11,"signs":true,"seed":3}`, nil},
	{"hadamard/sequency", autodiff.S(1, 8, 2), `{"kind":"hadamard","sequency":5}`, nil},
	{"hadamard/keep", autodiff.S(1, 1, 4), `{"kind":"hadamard","keep":[1,2]}`, nil},
	{"gaussian-rows", autodiff.S(2, 3, 4), `{"kind":"gaussian-rows","rows":9,"seed":4}`, nil},
	{"tone/linear-clipped", autodiff.S(3, 2, 4), `{"kind":"tone","gain":2,"low":-1,"high":1}`, nil},
	{"tone/gamma", autodiff.S(1, 3, 4), `{"kind":"tone","curve":"gamma","gamma":0.5,"black":0.1}`, nil},
	{"tone/square", autodiff.S(1, 3, 4), `{"kind":"tone","curve":"gamma","gamma":2,"high":2}`, nil},
	{"tone/srgb", autodiff.S(7), `{"kind":"tone","curve":"srgb"}`, nil},
	{"tone/tanh", autodiff.S(7), `{"kind":"tone","curve":"tanh","gain":1.5}`, nil},
	{"tone/table", autodiff.S(2, 3, 4), `{"kind":"tone","curve":"table","table":{"u":[-4,-1,0,0.5,4],"f":[-1,-0.8,0,0.9,1.5]}}`, nil},
	{"tone/of-blur", autodiff.S(2, 3, 4), `{"kind":"tone","curve":"tanh","op":{"kind":"blur","boundary":"valid","uniform":{"rows":2,"cols":2}}}`, nil},
	{"tone/of-magnitudes", autodiff.S(1, 3, 4), `{"kind":"tone","curve":"gamma","gamma":2,"high":1.5,"op":{"kind":"fourier-magnitude"}}`, nil},
	{"intensity-blur", autodiff.S(2, 5, 4), `{"kind":"intensity-blur","dim":{"gaussian":{"size":3,"std":0.5}},"bright":{"boundary":"zero","uniform":{"rows":3,"cols":5}},"level":0.2,"softness":0.4}`, nil},
	{"blur-network", autodiff.S(1, 128, 128), `{"kind":"blur-network","random":{"seed":1,"width":1,"front":1,"back":1},"low":-1,"clip":false,"precision":"float64","std":1}`, nil},
	{"fourier-magnitude", autodiff.S(2, 3, 4), `{"kind":"fourier-magnitude"}`, nil},
	{"fourier-magnitude/centred", autodiff.S(1, 3, 5), `{"kind":"fourier-magnitude","oversample":1.4,"centred":true,"eps":0.1}`, nil},
	{"fourier-magnitude/intensity", autodiff.S(1, 4, 3), `{"kind":"fourier-magnitude","intensity":true,"oversample":1}`, nil},
	{"coded-diffraction/phase", autodiff.S(2, 3, 4), `{"kind":"coded-diffraction","random":{"count":3,"law":"phase","seed":2}}`, nil},
	{"coded-diffraction/sign", autodiff.S(1, 3, 4), `{"kind":"coded-diffraction","oversample":2,"random":{"count":2,"law":"sign","seed":2}}`, nil},
	{"coded-diffraction/octanary", autodiff.S(1, 3, 4), `{"kind":"coded-diffraction","intensity":true,"random":{"count":2,"law":"octanary","seed":2}}`, nil},
	{"coded-diffraction/masks", autodiff.S(1, 1, 2), `{"kind":"coded-diffraction","masks":{"real":[[[1,0]],[[0.5,-1]]],"imag":[[[0,1]],[[1,0.25]]]}}`, nil},
	{"coded-diffraction/real-mask", autodiff.S(1, 2, 2), `{"kind":"coded-diffraction","masks":[[1,-1],[0.5,2]]}`, nil},
	{"restrict/tone", autodiff.S(1, 2, 3), `{"kind":"restrict","keep":[0,4],"op":{"kind":"tone","curve":"tanh"}}`, nil},
	{"dft/low", autodiff.S(2, 6, 5), `{"kind":"dft","low":{"rows":3,"cols":2}}`, nil},
	{"dft/unnormalised", autodiff.S(1, 4, 6), `{"kind":"dft","unnormalised":true,"low":{"rows":3,"cols":4}}`, nil},
	{"dft/all", autodiff.S(1, 4, 3), `{"kind":"dft","low":{"rows":4,"cols":3}}`, nil},
	{"dft/random", autodiff.S(2, 7, 4), `{"kind":"dft","random":{"keep":0.5,"centre":1,"seed":4}}`, nil},
	{"dft/lines", autodiff.S(1, 8, 3), `{"kind":"dft","random":{"keep":0.5,"centre":1,"lines":true,"seed":4}}`, nil},
	{"dft/negative-frequency-alone", autodiff.S(1, 4, 4), `{"kind":"dft","keep":[0,3,13,15]}`, nil},
	{"dft/pattern", autodiff.S(2, 3, 4), `{"kind":"dft","pattern":[[1,0,0,1],[0,1,0,0],[true,false,1,0]]}`, nil},
	{"dense/wide", autodiff.S(1, 1, 3), `{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}`, nil},
	{"dense/tall", autodiff.S(2), `{"kind":"dense","rows":3,"data":[1,2,3,4,5,7]}`, nil},
	{"dense/plain", autodiff.S(1, 1, 3), `{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}`, plain},
	{"dense/matrix", autodiff.S(1, 1, 3), `{"kind":"dense","matrix":[[1,1,2],[0,2,3]]}`, nil},
	{"dense/images", autodiff.S(1, 2, 2), `{"kind":"dense","cut":1e-6,"matrix":[[[[1,0.5],[2,-1]]],[[[0,2],[3,4]]],[[[1,1],[1,1]]]]}`, nil},
	{"dense/complex", autodiff.S(2), `{"kind":"dense","matrix":{"real":[[1,2],[3,4],[5,6]],"imag":[[0,1],[-1,0.5],[2,3]]}}`, nil},
	{"compose", autodiff.S(1, 4, 6), `{"kind":"compose","ops":[{"kind":"blur","gaussian":{"size":3,"std":0.6}},{"kind":"block-average","rows":2,"cols":2}]}`, nil},
	{"compose/three", autodiff.S(2, 4, 6), `{"kind":"compose","ops":[{"kind":"blur","gaussian":{"size":3,"std":0.6}},{"kind":"block-average","rows":2,"cols":1},{"kind":"inpaint","random":{"keep":0.5,"seed":1}}]}`, nil},
	{"stack", autodiff.S(2, 4, 3), `{"kind":"stack","ops":[{"kind":"inpaint","random":{"keep":0.5,"seed":1}},{"kind":"dft","low":{"rows":1,"cols":1}}]}`, nil},
	{"restrict", autodiff.S(1, 4, 6), `{"kind":"restrict","keep":[0,2,5],"op":{"kind":"block-average","rows":2,"cols":2}}`, nil},
	{"restrict/mask", autodiff.S(2, 4, 3), `{"kind":"restrict","keep":[1,3],"op":{"kind":"inpaint","random":{"keep":0.5,"seed":1}}}`, nil},
	{"scale/svd", autodiff.S(2, 4, 3), `{"kind":"scale","factor":-0.5,"op":{"kind":"block-average","rows":2,"cols":1}}`, nil},
	{"scale/plain", autodiff.S(1, 1, 3), `{"kind":"scale","factor":3,"op":{"kind":"sparse","matrix":[[1,0,2],[0,3,0]]}}`, nil},
	{"scale/matrix", autodiff.S(1, 1, 3), `{"kind":"scale","factor":3,"op":{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}}`, nil},
	{"select/indices", autodiff.S(2, 4, 3), `{"kind":"select","indices":[7,0,23,4]}`, nil},
	{"select/all-indices", autodiff.S(3), `{"kind":"select","indices":[2,0,1]}`, nil},
	{"select/mask", autodiff.S(2, 2, 3), `{"kind":"select","mask":[[1,0,1],[0,true,false]]}`, nil},
	{"select/slice", autodiff.S(2, 4, 3), `{"kind":"select","slice":{"start":1,"step":5}}`, nil},
	{"select/region", autodiff.S(3, 4, 5), `{"kind":"select","channels":[2,0],"box":{"top":1,"left":2,"height":3,"width":2}}`, nil},
	{"select/measurement", autodiff.S(1, 4, 6), `{"kind":"compose","ops":[{"kind":"block-average","rows":2,"cols":2},{"kind":"select","box":{"top":0,"left":1,"height":2,"width":2}}]}`, nil},
	{"sparse", autodiff.S(1, 2, 3), `{"kind":"sparse","matrix":{"rows":3,"cols":6,"start":[0,2,2,5],"col":[1,4,0,2,5],"data":[0.5,-1,2,1,3]}}`, nil},
	{"sparse/mask", autodiff.S(4), `{"kind":"sparse","matrix":[[0,2,0,0],[0,0,0,-1],[0,0.5,0,0],[0,0,0,0]]}`, nil},
	{"sparse/complex", autodiff.S(2), `{"kind":"sparse","matrix":{"rows":4,"cols":2,"start":[0,1,2,4,5],"col":[0,1,0,1,0],"data":[1,2,3,4,5],"complex":true}}`, nil},
	{"external", autodiff.S(1, 2, 3), program(`{"kind":"block-average","rows":2,"cols":1}`), nil},
	{"every", autodiff.S(1, 2, 5), `{"kind":"every","step":3}`, nil},
	{"factored/wide", autodiff.S(1, 1, 3), `{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}`, factored},
	{"factored/rank-deficient", autodiff.S(3), `{"kind":"dense","rows":4,"data":[1,2,3,2,4,6,1,0,1,0,2,2]}`, factored},
	{"factored/zero-blur", autodiff.S(1, 5, 6), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.7}}`, factored},
	{"least-squares/compose", autodiff.S(1, 4, 6), `{"kind":"compose","ops":[{"kind":"blur","gaussian":{"size":3,"std":0.6}},{"kind":"block-average","rows":2,"cols":2}]}`, leastSquares},
	{"least-squares/zero-blur", autodiff.S(2, 5, 6), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.5}}`, leastSquares},
}

func plain(op inverse.Linear) (inverse.Linear, error) { return op.(*inverse.FactoredDense).Dense, nil }

func factored(op inverse.Linear) (inverse.Linear, error) { return inverse.DenseSVD(op) }

func leastSquares(op inverse.Linear) (inverse.Linear, error) { return inverse.NewLeastSquares(op), nil }

func TestOperators(t *testing.T) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			op := built(t, r.in, r.json, r.wrap)
			inversetest.Operator(t, op)
			if l, ok := op.(inverse.Linear); ok {
				if gap := inverse.AdjointGap(l, rng.New(9).Stream()); gap > 1e-12 {
					t.Errorf("the adjoint gap is %.3g, above the 1e-12 of T10", gap)
				}
			}
		})
	}
}

// built is the operator of a row.
func built(t *testing.T, in autodiff.Shape, json string, wrap func(inverse.Linear) (inverse.Linear, error)) inverse.Operator {
	t.Helper()
	op := optest.Decode(t, in, json)
	if wrap == nil {
		return op
	}
	wrapped, err := wrap(op.(inverse.Linear))
	if err != nil {
		t.Fatal(err)
	}
	return wrapped
}

// TestEveryOperatorHasARow fails on a registered kind, or an exported type with an Adjoint or a VJP, that no row covers.
func TestEveryOperatorHasARow(t *testing.T) {
	kinds, types := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		kinds[optest.Decode(t, r.in, r.json).Name()] = true
		types[reflect.TypeOf(built(t, r.in, r.json, r.wrap)).Elem().Name()] = true
	}
	for _, r := range curved {
		kinds[r.kind] = true
		types[reflect.TypeOf(built(t, r.in, r.json, nil)).Elem().Name()] = true
	}
	for _, k := range inverse.Kinds() {
		if !kinds[k] {
			t.Errorf("the kind of operator %q has no conformance row", k)
		}
	}
	found := typesWith(t, parseAll(t), "Adjoint", "Linear")
	if len(found) < 10 {
		t.Fatalf("only %v have an Adjoint; the walk is broken", found)
	}
	curved := typesWith(t, parseAll(t), "VJP", "Differentiable")
	if len(curved) < 4 {
		t.Fatalf("only %v have a VJP; the walk is broken", curved)
	}
	maps.Copy(found, curved)
	for name := range found {
		if !types[name] {
			t.Errorf("type %s has an Adjoint or a VJP, but no conformance row", name)
		}
	}
}

// TestWalkFindsAStranger feeds the walk an operator that it has not seen, directly and by embedding.
func TestWalkFindsAStranger(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", `package inverse
type Stranger struct{}
func (s *Stranger) Adjoint(dst, y []float64) {}
type Wrapped struct { Linear }
type Twice struct { *Wrapped }
type Elsewhere struct { inverse.Linear }
type Other struct { l Linear }`, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := typesWith(t, []*ast.File{f}, "Adjoint", "Linear")
	if len(found) != 4 || !found["Stranger"] || !found["Wrapped"] || !found["Twice"] || !found["Elsewhere"] {
		t.Errorf("the walk found %v, not Stranger, Wrapped, Twice and Elsewhere", found)
	}
}

// parseAll parses this package and its rooms without their tests.
func parseAll(t *testing.T) []*ast.File {
	t.Helper()
	own, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range append(own, rooms...) {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "inversetest") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// typesWith names the exported struct types that declare the method, or embed the interface or a type found.
func typesWith(t *testing.T, files []*ast.File, method, iface string) map[string]bool {
	t.Helper()
	found, embeds := map[string]bool{}, map[string][]string{}
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil && d.Name.Name == method {
					found[typeName(d.Recv.List[0].Type)] = true
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					ts, ok := s.(*ast.TypeSpec)
					if !ok {
						continue
					}
					if st, ok := ts.Type.(*ast.StructType); ok {
						for _, field := range st.Fields.List {
							if field.Names == nil {
								embeds[ts.Name.Name] = append(embeds[ts.Name.Name], typeName(field.Type))
							}
						}
					}
				}
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for name, es := range embeds {
			for _, e := range es {
				if (e == iface || found[e]) && !found[name] {
					found[name], changed = true, true
				}
			}
		}
	}
	for name := range found {
		if !ast.IsExported(name) {
			delete(found, name)
		}
	}
	return found
}

func typeName(e ast.Expr) string {
	if s, ok := e.(*ast.StarExpr); ok {
		e = s.X
	}
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// An operator is a user linear map of the tape.
var _ autodiff.LinearMapper = inverse.Linear(nil)
