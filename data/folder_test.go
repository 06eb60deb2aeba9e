package data

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func pngBytes(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// gray draws w x h pixels with the value 10y+x.
func gray(w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetGray(x, y, color.Gray{uint8(10*y + x)})
		}
	}
	return m
}

// folder writes files into a fresh folder.
func folder(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestPixels: one image of each kind that the decoders return, value by value.
func TestPixels(t *testing.T) {
	r := image.Rect(0, 0, 2, 1)
	gray16 := image.NewGray16(r)
	gray16.SetGray16(1, 0, color.Gray16{257})
	rgb := image.NewRGBA(r)
	rgb.SetRGBA(0, 0, color.RGBA{1, 2, 3, 255})
	rgb.SetRGBA(1, 0, color.RGBA{4, 5, 6, 255})
	alpha := image.NewNRGBA(r)
	alpha.SetNRGBA(1, 0, color.NRGBA{100, 200, 50, 3})
	rgb16 := image.NewRGBA64(r)
	rgb16.SetRGBA64(0, 0, color.RGBA64{1, 2, 3, 65535})
	rgb16.SetRGBA64(1, 0, color.RGBA64{60000, 5, 6, 65535})
	alpha16 := image.NewNRGBA64(r)
	alpha16.SetNRGBA64(1, 0, color.NRGBA64{60000, 1, 2, 9})
	palette := image.NewPaletted(r, color.Palette{color.RGBA{9, 8, 7, 255}, color.RGBA{1, 0, 2, 255}})
	palette.SetColorIndex(1, 0, 1)
	clear := image.NewPaletted(r, color.Palette{color.NRGBA{9, 8, 7, 255}, color.NRGBA{90, 0, 2, 51}})
	clear.SetColorIndex(1, 0, 1)
	for name, c := range map[string]struct {
		m    image.Image
		full float64
		want []float64 // [C,1,2], codes
	}{
		"gray":          {gray(2, 1), 255, []float64{0, 1}},
		"gray16":        {gray16, 65535, []float64{0, 257}},
		"rgb":           {rgb, 255, []float64{1, 4, 2, 5, 3, 6}},
		"rgba":          {alpha, 255, []float64{0, 100, 0, 200, 0, 50, 0, 3}},
		"rgb16":         {rgb16, 65535, []float64{1, 60000, 2, 5, 3, 6}},
		"rgba16":        {alpha16, 65535, []float64{0, 60000, 0, 1, 0, 2, 0, 9}},
		"palette":       {palette, 255, []float64{9, 1, 8, 0, 7, 2}},
		"palette alpha": {clear, 255, []float64{9, 90, 8, 0, 7, 2, 255, 51}},
	} {
		s, err := Open(t.Context(), write(t, "x", pngBytes(t, c.m)), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		img, label := picture(t, s, 0)
		if ch, h, w := s.Shape(); ch*2 != len(c.want) || h != 1 || w != 2 || label != -1 {
			t.Errorf("%s: shape %d %d %d, want %d channels", name, ch, h, w, len(c.want)/2)
			continue
		}
		for i, v := range c.want {
			if img[i] != float32(v/c.full) {
				t.Errorf("%s: value %d is %v, want %v/%v", name, i, float64(img[i])*c.full, v, c.full)
			}
		}
	}
	s, err := Open(t.Context(), write(t, "x", pngBytes(t, rgb)), Options{Gray: true})
	if err != nil {
		t.Fatal(err)
	}
	if img, _ := picture(t, s, 0); len(img) != 2 || math.Abs(float64(img[1])*255-(.299*4+.587*5+.114*6)) > 1e-5 {
		t.Errorf("luma %v", img)
	}
}

func TestJPEG(t *testing.T) {
	var b bytes.Buffer
	m := image.NewRGBA(image.Rect(0, 0, 16, 8))
	for i := range m.Pix {
		m.Pix[i] = []uint8{200, 100, 50, 255}[i%4]
	}
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), write(t, "x", b.Bytes()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	img, _ := picture(t, s, 0)
	if c, h, w := s.Shape(); c != 3 || h != 8 || w != 16 {
		t.Fatalf("shape %d %d %d", c, h, w)
	}
	for c, want := range []float64{200, 100, 50} {
		if got := float64(img[c*128+77]) * 255; math.Abs(got-want) > 2 {
			t.Errorf("channel %d: %v, want about %v", c, got, want)
		}
	}
	refused(t, write(t, "x", b.Bytes()[:b.Len()-2]), Options{}, "truncated")
}

// TestFolder: what does not fit is left out, named and counted; order and labels come from the names.
func TestFolder(t *testing.T) {
	good := pngBytes(t, gray(4, 3))
	flipped := bytes.Clone(good)
	flipped[len(flipped)-20] ^= 1 // in the pixels: the header and the end are fine
	huge := bytes.Clone(good)
	copy(huge[16:], []byte{0, 0, 0x40, 0, 0, 0, 0x40, 0}) // 16384 x 16384; the header's checksum is repaired below
	files := map[string][]byte{
		"b/1.png": good, "b/0.png": pngBytes(t, gray(4, 3)), "a/x": good, "c/2.PNG": good,
		"a/cut.png": good[:len(good)-12], "a/empty.jpg": nil, "b/broken.png": flipped, "b/text.png": []byte("hello"),
		"a/huge.png": repair(huge), "a/notes.txt": []byte("hello"), ".hidden/x.png": good, "a/.y.png": good,
	}
	dir := folder(t, files)
	for _, check := range []bool{false, true} {
		s, err := Open(t.Context(), dir, Options{Check: check})
		if err != nil {
			t.Fatal(err)
		}
		sum := s.(*images)
		wantBad := map[string]string{"cut.png": "truncated", "empty.jpg": "neither", "text.png": "neither", "huge.png": "cannot come from"}
		wantFiles := "a/x b/0.png b/1.png b/broken.png c/2.PNG"
		if check {
			wantBad["broken.png"] = "" // whatever the decoder says
			wantFiles = "a/x b/0.png b/1.png c/2.PNG"
		}
		var names []string
		for _, f := range sum.files {
			names = append(names, f.rel)
		}
		if got := strings.Join(names, " "); got != wantFiles {
			t.Errorf("check %v: files %s, want %s", check, got, wantFiles)
		}
		if len(sum.bad) != len(wantBad) || sum.ignored != 1 {
			t.Errorf("check %v: left out %v, ignored %d; want %v and 1", check, sum.bad, sum.ignored, wantBad)
		}
		for _, b := range sum.bad {
			if why, ok := wantBad[filepath.Base(b.Name)]; !ok || !strings.Contains(b.Reason, why) {
				t.Errorf("check %v: %q: %s, want %q", check, b.Name, b.Reason, why)
			}
		}
		if _, label := picture(t, s, s.Len()-1); label != 2 {
			t.Errorf("label of c is %d, want 2", label)
		}
		if !check {
			if _, err := s.Read(3, make([]float32, 12)); err == nil || !strings.Contains(err.Error(), "broken.png") {
				t.Errorf("reading a broken file: %v", err)
			}
			continue
		}
		report, err := Summarize(t.Context(), s, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range []string{"4 images of 3 x 4", "5 files left out", `cut.png": truncated`, "1 other files ignored", "2 images read"} {
			if !strings.Contains(report.String(), w) {
				t.Errorf("summary lacks %q:\n%v", w, report)
			}
		}
	}
}

// repair computes the checksum of a PNG's first chunk anew.
func repair(b []byte) []byte {
	crc := ^uint32(0)
	for _, v := range b[12:29] {
		crc ^= uint32(v)
		for range 8 {
			crc = crc>>1 ^ -(crc&1)&0xedb88320
		}
	}
	crc = ^crc
	copy(b[29:], []byte{byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)})
	return b
}

func TestFolderCrop(t *testing.T) {
	dir := folder(t, map[string][]byte{"a.png": pngBytes(t, gray(5, 4)), "b.png": pngBytes(t, gray(8, 3)), "c.png": pngBytes(t, gray(3, 1))})
	s, err := Open(t.Context(), dir, Options{Crop: [2]int{2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	img, label := picture(t, s, 0) // rows 1..2, columns 1..3 of 4 x 5
	want := []float32{11, 12, 13, 21, 22, 23}
	for i := range want {
		if img[i] != float32(float64(want[i])/255) {
			t.Fatalf("crop %v, want %v/255", img, want)
		}
	}
	if s.Len() != 2 || label != -1 || len(s.(*images).bad) != 1 {
		t.Errorf("%d images, label %d, left out %v", s.Len(), label, s.(*images).bad)
	}
	refused(t, dir, Options{Crop: [2]int{99, 99}}, "no usable image", "3 files left out")
	refused(t, dir, Options{MaxPixels: 2}, "no usable image", "limit of pixels")
	refused(t, t.TempDir(), Options{}, "no PNG or JPEG")
	if err := os.Remove(filepath.Join(dir, "a.png")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.png"), pngBytes(t, gray(1, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(0, make([]float32, 6)); err == nil {
		t.Error("a file that shrank since it was listed was read")
	}
}

// TestKeep: what was decoded once is not read again, as far as there is room, and is the same.
func TestKeep(t *testing.T) {
	dark := pngBytes(t, image.NewGray(image.Rect(0, 0, 4, 3)))
	dir := folder(t, map[string][]byte{"a.png": pngBytes(t, gray(4, 3)), "b.png": pngBytes(t, gray(4, 3)), "c.png": dark})
	s, err := Open(t.Context(), dir, Options{Check: true, Keep: 2*4*12 + 40})
	if err != nil {
		t.Fatal(err)
	}
	first, _ := picture(t, s, 0)
	for name, b := range map[string][]byte{"a.png": dark, "b.png": dark, "c.png": pngBytes(t, gray(4, 3))} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []float32{23. / 255, 23. / 255, 23. / 255} {
		if img, _ := picture(t, s, i); img[11] != want {
			t.Errorf("image %d ends with %v, want %v", i, img[11], want)
		}
	}
	first[11] = 9
	if img, _ := picture(t, s, 0); img[11] == 9 {
		t.Error("what was read shares memory with what is kept")
	}
}
