package data

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"strings"
	"testing"
)

// csvImages prints the images of a set [1,1,2], full scale 10, as codes with their labels.
func csvImages(t *testing.T, text string, labels string) string {
	t.Helper()
	s, err := Open(t.Context(), write(t, "x", []byte(text)), Options{Shape: [3]int{1, 1, 2}, Max: 10, Labels: labels})
	if err != nil {
		return err.Error()
	}
	var all []string
	for i := range s.Len() {
		img, label := picture(t, s, i)
		all = append(all, fmt.Sprintf("%.4g %.4g:%d", 10*img[0], 10*img[1], label))
	}
	return strings.Join(all, " ")
}

// TestCSVHabits: what spreadsheets, numpy and pandas write is read as what it is; where that cannot be known it is asked for.
func TestCSVHabits(t *testing.T) {
	numbered := ""
	for i := range 4 {
		numbered += fmt.Sprintf("%d,%d,0\n", i, 2*i)
	}
	for _, c := range []struct{ text, labels, want string }{
		{"1,2\n3,4\n", "", "1 2:-1 3 4:-1"},
		{"\ufeffa,b\n1,2\n", "", "1 2:-1"},
		{"\ufeff1,2\n", "", "1 2:-1"},
		{"# by hand\n\n1,2 \r\n# more\n3,4\n", "", "1 2:-1 3 4:-1"},
		{"# 1,2,3,4\n1 2\n", "", "1 2:-1"},
		{" 1.0e+00   2.000e+00\n", "", "1 2:-1"},
		{"1;2\n3;4\n", "", "1 2:-1 3 4:-1"},
		{"1,5;2\n3;4,25\n", "", "1.5 2:-1 3 4.25:-1"},
		{"1\t2\n3\t4\n", "", "1 2:-1 3 4:-1"},
		{`"1","2"` + "\n" + `"3", "4"`, "", "1 2:-1 3 4:-1"},
		{`"a,b";"c"` + "\n1;2\n", "", "1 2:-1"},
		{"label,p0,p1\n7,1,2\n8,3,4\n", "", "1 2:7 3 4:8"},
		{"p0,p1,Class\n1,2,7\n3,4,8.0\n", "", "1 2:7 3 4:8"},
		{"p0,kind,p1\n1,7,2\n", "kind", "1 2:7"},
		{",label,p0,p1\n0,7,1,2\n1,8,3,4\n", "", "1 2:7 3 4:8"},
		{"Unnamed: 0,p0,p1\n0,1,2\n", "", "1 2:-1"},
		{"7,1,2\n8,3,4\n", "first", "1 2:7 3 4:8"},
		{"1,2,7\n3,4,8\n", "", "1 2:7 3 4:8"},
		{"1,2,7\n3,4,8\n", "last", "1 2:7 3 4:8"},
		{"1,2,7\n3,4,7\n", "last", "1 2:7 3 4:7"},
		{numbered, "", "the last column is the same in all lines and the first is not"},
		{"a,b,c\n1,2,3\n", "", "none is called label"},
		{"a,b,c\n1,2,3\n", "d", `no column is called "d"`},
		{"label,p0,p1\n7,1,\n", "", `line 2, column 3 ("p1"): "" is not a number in 0..10`},
		{"label,p0,p1\n7,1,NA\n", "", `line 2, column 3 ("p1"): "NA" is not`},
		{"label,p0,p1\ncat,1,2\n", "", `line 2, column 1 ("label"): "cat" is not a label`},
		{"label,p0,p1\n7,1,2\n8,1\n", "", "line 3 has 2 values, want 3"},
		{"a,b,c,d,e\n1,2,3,4,5\n", "", "line 1: 5 values, want 2"},
		{"hello, world\nof text, and more\n", "", "can be read"},
	} {
		if got := csvImages(t, c.text, c.labels); got != c.want && (c.want[0] <= '9' && c.want[0] >= '0' || !strings.Contains(got, c.want)) {
			t.Errorf("%q, labels %q: %s; want %s", c.text, c.labels, got, c.want)
		}
	}
	names, values := "label", "3" // longer than what is looked at to know the format
	for i := range 400 {
		names, values = fmt.Sprintf("%s,pixel%d", names, i), values+",1"
	}
	s, err := Open(t.Context(), write(t, "x.csv.gz", gzipped([]byte(names+"\n"+values+"\n"))), Options{Shape: [3]int{1, 20, 20}, Max: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, label := picture(t, s, 0); label != 3 || s.Len() != 1 {
		t.Errorf("%d images, label %d", s.Len(), label)
	}
}

// TestMixedSizes: a folder of several sizes is no set until a size is stated, and the error and the summary count them.
func TestMixedSizes(t *testing.T) {
	rgb := image.NewRGBA(image.Rect(0, 0, 6, 3))
	for i := range rgb.Pix {
		rgb.Pix[i] = 255
	}
	files := map[string][]byte{"a.png": pngBytes(t, gray(4, 3)), "b.png": pngBytes(t, gray(4, 3)), "c.png": pngBytes(t, gray(8, 4))}
	dir := folder(t, files)
	refused(t, dir, Options{}, `images of 2 shapes: 2 of [1,3,4], 1 of [1,4,8] (first "c.png")`, "(--resize)")
	for _, o := range []Options{{Resize: [2]int{3, 4}}, {Crop: [2]int{3, 4}}, {Resize: [2]int{6, 8}, Crop: [2]int{3, 4}}} {
		s, err := Open(t.Context(), dir, o)
		if err != nil {
			t.Errorf("%+v: %v", o, err)
			continue
		}
		sum, err := Summarize(t.Context(), s, 0)
		if c, h, w := s.Shape(); err != nil || s.Len() != 3 || c != 1 || h != 3 || w != 4 || !strings.Contains(sum.String(), "several sizes:\n  2 of 3 x 4\n  1 of 4 x 8") {
			t.Errorf("%+v: %d images of %dx%dx%d, %v\n%v", o, s.Len(), c, h, w, err, sum)
		}
	}
	if err := os.WriteFile(dir+"/d.png", pngBytes(t, rgb), 0o644); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, Options{}, "images of 3 shapes", "1 of [3,3,6]", "(--resize)", "(--gray)")
	refused(t, dir, Options{Resize: [2]int{2, 2}}, "images of 3 shapes", "(--gray)")
	if s, err := Open(t.Context(), dir, Options{Resize: [2]int{2, 2}, Gray: true}); err != nil || s.Len() != 4 {
		t.Error(err)
	}
}

// TestResize: sizes and proportions, constants and ramps, and the formula itself.
func TestResize(t *testing.T) {
	if got := inProportion(size{3, 100, 200}, [2]int{10, 10}); got != (size{3, 100, 100}) {
		t.Errorf("of 100 x 200 a square is %v", got)
	}
	if got := inProportion(size{1, 100, 200}, [2]int{10, 40}); got != (size{1, 50, 200}) {
		t.Errorf("of 100 x 200 one to four is %v", got)
	}
	if got := inProportion(size{1, 1, 200}, [2]int{1000, 1}); got != (size{1, 1, 1}) {
		t.Errorf("of 1 x 200 a thousand to one is %v", got)
	}
	for _, c := range [][4]int{{8, 12, 4, 6}, {5, 7, 10, 14}, {9, 9, 2, 2}, {6, 6, 6, 6}, {1, 1, 3, 4}, {7, 5, 3, 2}} {
		from, to := size{2, c[0], c[1]}, size{2, c[2], c[3]}
		x := make([]float32, from.pixels())
		for i := range x {
			x[i] = float32(i/(c[0]*c[1])*100 + 2*(i/c[1]%c[0]) + 3*(i%c[1])) // a plane in each channel
		}
		fy, fx := float64(c[0])/float64(c[2]), float64(c[1])/float64(c[3])
		y := resample(x, from, to)
		for i, got := range y {
			cy, cx := (float64(i/c[3]%c[2])+.5)*fy-.5, (float64(i%c[3])+.5)*fx-.5
			edge := cy < math.Max(1, fy)-1 || cx < math.Max(1, fx)-1 || cy > float64(c[0])-math.Max(1, fy) || cx > float64(c[1])-math.Max(1, fx)
			want := float64(i/(c[2]*c[3])*100) + 2*cy + 3*cx
			whole := fy == math.Trunc(fy) && fx == math.Trunc(fx) || fy < 1 // the weights lie evenly about their center
			if whole && !edge && math.Abs(float64(got)-want) > 1e-4 {
				t.Errorf("%v: value %d is %g, want %g", c, i, got, want)
			}
			if got < float32(i/(c[2]*c[3])*100) || float64(got) > float64(i/(c[2]*c[3])*100+2*c[0]+3*c[1]) {
				t.Errorf("%v: value %d is %g, beyond those that it comes from", c, i, got)
			}
		}
	}
	// four pixels become two: center 1/2, and weights 3/4, 3/4, 1/4 before they are divided by 7/4
	if got := resample([]float32{1, 0, 0, 0}, size{1, 1, 4}, size{1, 1, 2}); math.Abs(float64(got[0])-3./7) > 1e-6 || got[1] != 0 {
		t.Errorf("%v, want 3/7 and 0", got)
	}
	s, err := FromSlices([][]float32{{1, 2, 3, 4}}, nil, Options{Shape: [3]int{1, 2, 2}, Resize: [2]int{1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if img, _ := picture(t, s, 0); img[0] != 2.5 {
		t.Errorf("the mean of 1, 2, 3, 4 is %v", img)
	}
	if _, err := Resize(s, 0, 3); err == nil {
		t.Error("no rows")
	}
	refused(t, "testdata/optdigits.csv.gz", Options{Shape: [3]int{1, 8, 8}, Max: 16, Resize: [2]int{1 << 20, 1 << 20}}, "(--resize)")
	big, err := Open(t.Context(), "testdata/optdigits.csv.gz", Options{Shape: [3]int{1, 8, 8}, Max: 16, Resize: [2]int{4, 4}, Crop: [2]int{2, 4}})
	if err != nil {
		t.Fatal(err)
	}
	if c, h, w := big.Shape(); c != 1 || h != 2 || w != 4 || big.Len() != 1797 {
		t.Errorf("%d images of %d x %d", big.Len(), h, w)
	}
	if _, label := picture(t, big, 1); label != 1 {
		t.Errorf("label %d", label)
	}
}

// TestFromImages: pictures of each type of package image give the planes that their files would.
func TestFromImages(t *testing.T) {
	r := image.Rect(3, 5, 5, 6)
	rgba := image.NewRGBA(r)
	rgba.Set(3, 5, color.NRGBA{200, 100, 50, 255})
	rgba.Set(4, 5, color.NRGBA{200, 100, 50, 255})
	clear := image.NewRGBA(r)
	clear.Set(3, 5, color.NRGBA{200, 100, 50, 51})
	cmyk := image.NewCMYK(r)
	cmyk.Set(3, 5, color.RGBA{255, 0, 0, 255})
	cmyk.Set(4, 5, color.RGBA{0, 0, 0, 255})
	shades := image.NewGray(r)
	shades.SetGray(4, 5, color.Gray{51})
	for name, c := range map[string]struct {
		m    image.Image
		want []float64
	}{
		"gray":        {shades, []float64{0, .2}},
		"opaque":      {rgba, []float64{200. / 255, 200. / 255, 100. / 255, 100. / 255, 50. / 255, 50. / 255}},
		"transparent": {clear, []float64{200. / 255, 0, 100. / 255, 0, 50. / 255, 0, .2, 0}},
		"ink":         {cmyk, []float64{1, 0, 0, 0, 0, 0}},
		"uniform":     {limitedImage{image.NewUniform(color.White), r}, []float64{1, 1, 1, 1, 1, 1, 1, 1}},
	} {
		s, err := FromImages(t.Context(), []image.Image{c.m, c.m}, []int{4, 5}, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		img, label := picture(t, s, 1)
		if ch, h, w := s.Shape(); ch*2 != len(c.want) || h != 1 || w != 2 || label != 5 {
			t.Errorf("%s: %d channels of %d x %d, label %d", name, ch, h, w, label)
			continue
		}
		for i, want := range c.want {
			if math.Abs(float64(img[i])-want) > 3e-3 {
				t.Errorf("%s: %v, want %v", name, img, c.want)
				break
			}
		}
	}
	mixed := []image.Image{gray(4, 3), gray(8, 6)}
	if s, err := FromImages(t.Context(), mixed, nil, Options{Resize: [2]int{3, 4}}); err != nil || s.Len() != 2 {
		t.Error(err)
	}
	for want, f := range map[string]func() (Set, error){
		`1 of [1,6,8] (first "picture 1")`: func() (Set, error) { return FromImages(t.Context(), mixed, nil, Options{}) },
		"picture 0 is [1,3,4], too small":  func() (Set, error) { return FromImages(t.Context(), mixed, nil, Options{Crop: [2]int{6, 8}}) },
		"picture 1: it is nil":             func() (Set, error) { return FromImages(t.Context(), []image.Image{gray(1, 1), nil}, nil, Options{}) },
		"at most": func() (Set, error) {
			return FromImages(t.Context(), []image.Image{image.NewUniform(color.White)}, nil, Options{})
		},
		"no pictures": func() (Set, error) { return FromImages(t.Context(), nil, nil, Options{}) },
		"3 labels for 2 images": func() (Set, error) {
			return FromImages(t.Context(), mixed, []int{1, 2, 3}, Options{Gray: true, Resize: [2]int{1, 1}})
		},
		"label 0 is -1": func() (Set, error) { return FromSlices([][]float64{{1}}, []int{-1}, Options{Shape: [3]int{1, 1, 1}}) },
		"value 1 of image 0 is NaN": func() (Set, error) {
			return FromSlices([][]float64{{1, math.NaN()}}, nil, Options{Shape: [3]int{1, 1, 2}})
		},
		"in the range [0, 1]": func() (Set, error) {
			return FromSlices([][]float64{{1, 2}}, nil, Options{Shape: [3]int{1, 1, 2}, Hi: 1})
		},
		"image 0 has 1 values": func() (Set, error) { return FromSlices([][]float64{{1}}, nil, Options{Shape: [3]int{1, 1, 2}}) },
		"Options.Shape":        func() (Set, error) { return FromSlices([][]float64{{1}}, nil, Options{}) },
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

// limitedImage is a part of an image without end, which does not say whether it is opaque.
type limitedImage struct {
	image.Image
	r image.Rectangle
}

func (l limitedImage) Bounds() image.Rectangle { return l.r }
