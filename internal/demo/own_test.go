package demo

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/internal/disk"
	"tweedie/prior"
	"tweedie/zoo"
)

// own is a method of a user's own: the denoiser's answer to A^T y.
type own struct {
	Level float64 `json:"level"`
}

func (own) Name() string    { return "own" }
func (own) Validate() error { return nil }

func (m own) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	return infer.EachSample(ctx, m, p, run, infer.BiasedSpread, func(x []float64, d *infer.Draw) error {
		if err := infer.NewLeastSquares(p.Likelihood).Start(x); err != nil {
			return err
		}
		for i := range x {
			x[i] += m.Level * d.Stream.Norm()
		}
		return d.Denoise(x, x, m.Level)
	})
}

func init() {
	infer.Register(infer.Kind{Name: "own", Title: "Own", Text: "denoises the pseudo-inverse", Spread: infer.BiasedSpread,
		New: func(p *infer.Problem, e infer.Effort) infer.Method { return own{Level: max(p.Std, .1)} }})
}

// A registered method takes part in the page, the problem with two modes, and the table, by its name alone.
func TestMethodOfOnesOwn(t *testing.T) {
	prior, err := zoo.Open("digits8", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	host := Host{Follow: func(string) (func(infer.Progress), func()) { return func(infer.Progress) {}, func() {} }}
	for _, images := range []int{0, 2} {
		out := filepath.Join(t.TempDir(), "demo")
		c := Config{Task: "superres", Methods: "own", Fields: []byte(`{"own":{"level":0.5}}`), Samples: 3, Images: images, Out: out}
		d, err := New(t.Context(), c, prior, host)
		if err != nil {
			t.Fatal(err)
		}
		folder, err := disk.Begin(out, d.Files()...)
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range d.Folders() {
			if err := os.MkdirAll(dir, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		found, err := d.Solve(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		found.Print(&text)
		want := []string{"Own"}
		if p, ok := found.(*PageOutcome); ok {
			want = append(want, infer.BiasedSpread, "two modes, Own:")
			if m := p.Methods[0].Result.Config.(own); m.Level != .5 || len(p.Toy) != 1 {
				t.Errorf("the page has %+v and %d answers with two modes", m, len(p.Toy))
			}
		}
		for _, w := range want {
			if !strings.Contains(text.String(), w) {
				t.Errorf("%d images: no %q in\n%s", images, w, &text)
			}
		}
		if err := folder.Abort(); err != nil {
			t.Error(err)
		}
	}
}
