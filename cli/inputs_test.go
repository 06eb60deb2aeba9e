//go:build unix

package cli

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// inputsOf lists the commands that read a file, with each of their inputs at path.
func inputsOf(t *testing.T, path string) map[string][]string {
	dir := t.TempDir()
	x := npy(t, dir, "x.npy", []int{12, 8, 8}, ramp)
	apply := []string{"ckpt", "apply", "--checkpoint", "../families/adm/testdata/ffhq_style/checkpoint.pt", "--config", "../families/adm/testdata/ffhq_style/config.json", "--out", filepath.Join(dir, "o.npy")}
	in := "../families/adm/testdata/ffhq_style/"
	return map[string][]string{
		"solve --y":          {"solve", "--op", averaged, "--sigma", "0.05", "--y", path},
		"solve --image":      {"solve", "--image", path},
		"solve --op":         {"solve", "--op", path, "--y", x},
		"solve --config":     {"solve", "--config", path, "--image", npy(t, dir, "one.npy", []int{8, 8}, ramp)},
		"solve --prior":      {"solve", "--op", averaged, "--prior", path, "--y", x},
		"demo --image":       {"demo", "--image", path, "--out", dir},
		"demo --config":      {"demo", "--config", path, "--out", dir},
		"sample --prior":     {"sample", "--prior", path},
		"sample --sampler":   {"sample", "--sampler", path, "--out", dir},
		"logprob --images":   {"logprob", "--images", path},
		"logprob --flow":     {"logprob", "--images", x, "--flow", path},
		"eval --data":        {"eval", "--data", path, "--test", x},
		"eval --images":      {"eval", "--data", x, "--test", x, "--images", path},
		"posterior samples":  {"eval", "posterior", "--samples", path, "--reference", x},
		"posterior others":   {"eval", "posterior", "--samples", x, "--reference", path},
		"train --data":       {"train", "--data", path, "--out", dir},
		"train --config":     {"train", "--data", x, "--config", path, "--out", dir},
		"train --init":       {"train", "--data", x, "--init", path, "--out", dir},
		"ckpt inspect":       {"ckpt", "inspect", path},
		"ckpt convert":       {"ckpt", "convert", "--checkpoint", path, "--out", filepath.Join(dir, "c.safetensors")},
		"ckpt apply":         {"ckpt", "apply", "--checkpoint", path, "--x", x, "--t", x, "--out", filepath.Join(dir, "o.npy")},
		"ckpt apply --x":     append(apply, "--x", path, "--t", in+"t.npy"),
		"ckpt apply --t":     append(apply, "--x", in+"x.npy", "--t", path),
		"ckpt apply --probe": append(apply, "--x", in+"x.npy", "--t", in+"t.npy", "--probe", path, "--grad", filepath.Join(dir, "g.npy")),
		"plan --network":     {"plan", "--network", path},
		"zoo get":            {"zoo", "get", "kair_dncnn_25", "--from", path},
		"bench compare":      {"bench", "compare", "--script", path},
	}
}

// TestInputsThatAreNoFiles gives every input of every command a pipe that nobody writes to, a device, a socket's
// neighbour and a circle of links: each is refused at once, in one line that names it.
func TestInputsThatAreNoFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TWEEDIE_CACHE", t.TempDir())
	pipe, circle, empty := filepath.Join(dir, "pipe"), filepath.Join(dir, "circle"), filepath.Join(dir, "empty")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(circle, circle); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	missing, text, array := filepath.Join(dir, "new\nline"), filepath.Join(dir, "te\nxt"), npy(t, dir, "ar\nray.npy", []int{3, 9, 9}, ramp)
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{pipe: "a pipe", "/dev/zero": "a device", circle: "symbolic links", missing: `new\nline`, text: `te\nxt`, array: `ar\nray`, dir: "a folder", empty: "empty"} {
		for what, args := range inputsOf(t, path) {
			if what == "bench compare" && (path == text || path == array) || what == "ckpt inspect" && path == array {
				continue // any file may be a script, and an array is a checkpoint of one tensor
			}
			type answer struct {
				code int
				text string
			}
			came := make(chan answer, 1)
			go func() {
				code, _, text := tweedie(t, args...)
				came <- answer{code, text}
			}()
			select {
			case a := <-came:
				_, line, _ := strings.Cut(a.text, "tweedie: ")                                                                                                                  // train tells of its images before
				words := strings.Contains(line, want) || path == empty || path == text || path == array || path == dir || path == missing && strings.Contains(line, "no prior") // that quotes the name, too
				if a.code != 1 || !words || strings.Count(line, "\n") != 1 {
					t.Errorf("%s of %q: code %d, %q; want one line with %q", what, path, a.code, a.text, want)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s of %q: no answer in 20 s", what, path)
			}
		}
	}
}

// flatPNG returns a PNG of n x n gray pixels, all black.
func flatPNG(t *testing.T, n uint32) []byte {
	t.Helper()
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(body))), name...)
		b = append(b, body...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[len(b)-len(body)-4:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, n), n)
	chunk("IHDR", append(head, 8, 0, 0, 0, 0))
	var pixels bytes.Buffer
	z := zlib.NewWriter(&pixels)
	row := make([]byte, n+1)
	for range n {
		if _, err := z.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	chunk("IDAT", pixels.Bytes())
	chunk("IEND", nil)
	return b
}

// TestHugePicture: a picture of 249 kB that would take a gigabyte is refused by its header wherever images are read.
func TestHugePicture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.png")
	if err := os.WriteFile(path, flatPNG(t, 16000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"train", "--data", path}, {"solve", "--image", path}, {"demo", "--image", path}, {"logprob", "--images", path}, {"eval", "--data", path, "--test", path}} {
		begin := time.Now()
		code, _, text := tweedie(t, args...)
		if took := time.Since(begin); code != 1 || !strings.Contains(text, "16000 x 16000 pixels take") || strings.Count(text, "\n") != 1 || took > 5*time.Second {
			t.Errorf("%v: code %d after %v, %q", args, code, took, text)
		}
	}
}

// TestGrayPriorAndColour: three planes are not three images.
func TestGrayPriorAndColour(t *testing.T) {
	dir := t.TempDir()
	for name, shape := range map[string][]int{"front.npy": {3, 28, 28}, "back.npy": {28, 28, 3}} {
		path := npy(t, dir, name, shape, ramp)
		for _, args := range [][]string{{"logprob", "--prior", "fashion28", "--images", path}, {"solve", "--prior", "fashion28", "--image", path}} {
			if code, _, text := tweedie(t, args...); code != 1 || strings.Count(text, "\n") != 1 || !strings.Contains(text, "[1,28,28]") && !strings.Contains(text, "[1,3,28,28]") {
				t.Errorf("%v: code %d, %q", args, code, text)
			}
		}
	}
	if code, _, text := tweedie(t, "logprob", "--prior", "toy2d", "--images", npy(t, dir, "points.npy", []int{3, 2}, ramp)); code != 0 {
		t.Errorf("three points: code %d, %q", code, text)
	}
}

// TestChannelsLastOfApply: --nhwc is proposed where it would make images of an array.
func TestChannelsLastOfApply(t *testing.T) {
	dir, from := t.TempDir(), "../families/adm/testdata/ffhq_style/"
	x, when := npy(t, dir, "x.npy", []int{1, 16, 16, 3}, ramp), npy(t, dir, "t.npy", []int{1}, ramp)
	args := []string{"ckpt", "apply", "--checkpoint", from + "checkpoint.pt", "--config", from + "config.json", "--x", x, "--t", when, "--out", filepath.Join(dir, "out.npy")}
	if code, _, text := tweedie(t, args...); code != 1 || !strings.Contains(text, "want 3 channels; with channels last, which --nhwc says, it would fit\n") {
		t.Errorf("code %d, %q", code, text)
	}
	must(t, append(args, "--nhwc")...)
}

// TestSigmaDataGiven: a sigma_data in the config counts, and is compared with the images aloud; without it they count.
func TestSigmaDataGiven(t *testing.T) {
	images := npy(t, t.TempDir(), "x.npy", []int{10, 1, 8, 8}, ramp)
	type config struct {
		Loss struct {
			SigmaData float64 `json:"sigma_data"`
		}
	}
	train := []string{"train", "--data", images, "--dry-run"}
	var measured, given config
	decodeInto(t, must(t, train...), &measured)
	if v := measured.Loss.SigmaData; !(v > .5 && v < .8) {
		t.Errorf("the standard deviation is measured as %g", v)
	}
	code, text, told := tweedie(t, append(train, "--config", `{"loss":{"sigma_data":0.25}}`)...)
	decodeInto(t, text, &given)
	if want := fmt.Sprintf("loss.sigma_data is 0.25 as the config gives it; the standard deviation of the images is %.4g", measured.Loss.SigmaData); code != 0 || given.Loss.SigmaData != .25 || !strings.Contains(told, want) {
		t.Errorf("code %d, sigma_data %g, %q; want %q", code, given.Loss.SigmaData, told, want)
	}
	if code, _, text := tweedie(t, append(train, "--config", `{"loss":{"sigma_data":-1}}`)...); code != 1 || !strings.Contains(text, "sigma_data") {
		t.Errorf("a negative one: code %d, %q", code, text)
	}
}
