package zoo_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/families/adm"
	"tweedie/layers"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

// shelf is the cards inside the program and those of folders, with an empty cache.
func shelf(t *testing.T, folders ...string) *zoo.Shelf {
	t.Helper()
	t.Setenv("TWEEDIE_CACHE", t.TempDir())
	s, err := zoo.NewShelf(folders...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The cards inside the program are well-formed and complete: with a sha256 they have licence, repository, commit and a
// golden that is there, and its file or what it was made of has an address; without, they have neither golden nor file.
func TestEmbeddedCards(t *testing.T) {
	s, verified := shelf(t), 0
	for _, name := range s.Names() {
		c := s.Cards[name]
		if !c.Verified() {
			if c.Golden != nil || len(c.Files) != 0 || c.Licence != "" {
				t.Errorf("%s states what nobody checked: %+v", name, c)
			}
			continue
		}
		verified++
		if c.Licence == "" || c.Copyright == "" || len(c.Commit) != 40 {
			t.Errorf("%s: licence %q, copyright %q, commit %q", name, c.Licence, c.Copyright, c.Commit)
		}
		if a := c.Address(c.Files[0]); c.Files[0].Made == "" && !strings.HasPrefix(a, "https://raw.githubusercontent.com/") {
			t.Errorf("%s: address %q", name, a)
		}
		for _, f := range c.Files {
			if f.SHA256 == "" || f.Bytes == 0 || (f.Path == "") == (f.Made == "") {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if strings.Contains(name, "galaxygrad") {
			t.Errorf("%s has no licence, and a card", name)
		}
	}
	if verified != 11 {
		t.Errorf("%d cards are verified, want 11", verified)
	}
}

// The configurations of cards whose files nobody had are those of networks with as many parameters as they say.
func TestUnverifiedConfigs(t *testing.T) {
	s, n := shelf(t), 0
	for _, name := range s.Names() {
		c := s.Cards[name]
		if c.Config == nil {
			continue
		}
		n++
		var config string
		if json.Unmarshal(c.Config, &config) != nil {
			config = string(c.Config)
		}
		net, _, err := families.Match(&checkpoints.File{}, families.Source{Family: c.Family, Config: config})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := 0
		for _, p := range net.Params() {
			if !strings.HasSuffix(p.Name(), "resample_filter") && !strings.HasSuffix(p.Name(), "map_noise.freqs") { // buffers
				got += p.Shape().Size()
			}
		}
		if got != c.Parameters {
			t.Errorf("%s: %d parameters, and the card says %d", name, got, c.Parameters)
		}
	}
	if n != 21 {
		t.Errorf("%d cards have a config, want 21", n)
	}
}

// card is the text of a small card that is right, after a change.
func card(t *testing.T, change func(c map[string]any)) string {
	t.Helper()
	c := map[string]any{"name": "mine", "about": "a network", "family": "adm", "architecture": "ADM", "range": []float64{0, 1}, "licence": "MIT",
		"files":  []any{map[string]any{"name": "mine.pt", "url": "https://example.org/mine.pt", "sha256": strings.Repeat("0a", 32), "bytes": 10}},
		"golden": map[string]any{"file": "mine.golden.safetensors", "by": "me", "tolerance": 1e-4, "checks": []any{map[string]any{"of": "network", "x": "x", "want": "y"}}}}
	change(c)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A card with a mistake is refused, and the error names the field.
func TestCardsExplain(t *testing.T) {
	file := func(k string, v any) func(map[string]any) {
		return func(c map[string]any) { c["files"].([]any)[0].(map[string]any)[k] = v }
	}
	golden := func(k string, v any) func(map[string]any) {
		return func(c map[string]any) { c["golden"].(map[string]any)[k] = v }
	}
	check := func(k string, v any) func(map[string]any) {
		return func(c map[string]any) {
			c["golden"].(map[string]any)["checks"].([]any)[0].(map[string]any)[k] = v
		}
	}
	set := func(k string, v any) func(map[string]any) { return func(c map[string]any) { c[k] = v } }
	if _, err := zoo.ParseCard([]byte(card(t, func(map[string]any) {}))); err != nil {
		t.Fatalf("the card without a mistake: %v", err)
	}
	for _, row := range []struct {
		want   string
		change func(map[string]any)
	}{
		{"name", set("name", "../mine")}, {"name", set("name", "a/b")}, {"name", set("name", ".hidden")}, {"name", set("name", "")},
		{"about", set("about", "two\nlines")}, {"about", set("about", "\x1b[2J")}, {"architecture", set("architecture", "")},
		{"family", set("family", "gan")}, {"range", set("range", []float64{1, 0})}, {"parameters", set("parameters", -1)}, {"extents", set("extents", []int{0, 8})},
		{"repository", set("repository", "http://github.com/a/b")}, {"commit", set("commit", "main")}, {"config", set("config", 7)},
		{"schedule", set("schedule", []int{1})}, {"licens", set("licens", "MIT")},
		{"files[0].name", file("name", "../../etc/passwd")}, {"files[0].name", file("name", `a\b`)}, {"files[0].path", file("path", "../x")},
		{"files[0].path", file("path", "/x")}, {"files[0].url", file("url", "http://example.org/x")}, {"files[0].url", file("url", "file:///x")},
		{"files[0].sha256", file("sha256", "abc")}, {"files[0].bytes", file("bytes", 0)}, {"files[0].bytes", file("bytes", -1)}, {"mirror", file("mirror", "x")},
		{"golden.file", golden("file", "../x")}, {"golden.by", golden("by", "")}, {"golden.tolerance", golden("tolerance", 0)},
		{"golden.tolerance", golden("tolerance", .5)}, {"golden.checks", golden("checks", []int{})},
		{"golden.checks[0].of", check("of", "likeness")}, {"golden.checks[0].x", check("x", "")}, {"golden.checks[0].want", check("want", "")},
		{"t_of", func(c map[string]any) { check("t", []int{1})(c); check("t_of", "t")(c) }},
		{"files[1].name", func(c map[string]any) { c["files"] = append(c["files"].([]any), c["files"].([]any)[0]) }},
	} {
		if _, err := zoo.ParseCard([]byte(card(t, row.change))); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("error %v does not name %s", err, row.want)
		}
	}
	for _, text := range []string{"", "[]", card(t, func(map[string]any) {}) + "{}", strings.Repeat(" ", 2<<20)} {
		if _, err := zoo.ParseCard([]byte(text)); err == nil {
			t.Errorf("%.20q was taken for a card", text)
		}
	}
}

// The card in the documentation is one.
func TestDocumentedCard(t *testing.T) {
	text, err := os.ReadFile("../docs/zoo.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```json\n")
	block, _, _ := strings.Cut(rest, "```")
	c, err := zoo.ParseCard([]byte(strings.Replace(block, `"..."`, `"`+strings.Repeat("0", 64)+`"`, 1)))
	if err != nil || !c.Verified() || c.Address(c.Files[0]) != "https://raw.githubusercontent.com/me/faces/0123456789abcdef0123456789abcdef01234567/weights/faces.pkl" {
		t.Errorf("%+v, %v", c, err)
	}
}

// A user's folder of cards works as the program's own; a name is given once.
func TestFolderOfCards(t *testing.T) {
	write := func(name, text string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	mine := write("mine.json", card(t, func(map[string]any) {}))
	if s := shelf(t, mine); s.Cards["mine"] == nil || s.Cards["lcv_faces40"] == nil {
		t.Errorf("cards %v", s.Names())
	}
	for want, folder := range map[string]string{
		"mine.json in ": mine, "another card": mine,
		"of the file":                        write("other.json", card(t, func(map[string]any) {})),
		"inside":                             write("digits8.json", card(t, func(c map[string]any) { c["name"] = "digits8" })),
		"nam is unknown; did you mean name?": write("his.json", `{"nam":"mine"}`),
	} { // what is no card is left out, and told; the cards beside it stay
		s := shelf(t, mine, folder)
		if s.Cards["mine"] == nil || s.Cards["his"] != nil || len(s.Skipped) != 1 || !strings.Contains(s.Skipped[0].Error(), want) {
			t.Errorf("left out: %v; want what says %q", s.Skipped, want)
		}
	}
	if _, err := zoo.NewShelf(filepath.Join(mine, "none")); err == nil || !strings.Contains(err.Error(), "no such") {
		t.Errorf("error %v", err)
	}
	t.Setenv("TWEEDIE_ZOO", mine)
	var absent *zoo.AbsentError
	if _, err := zoo.Open("mine", prior.Options{}); !errors.As(err, &absent) || !strings.Contains(err.Error(), "tweedie zoo get mine") {
		t.Errorf("error %v", err)
	}
	if _, err := zoo.Open("mine2", prior.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	t.Setenv("TWEEDIE_ZOO", strings.Join([]string{write("his.json", `{"nam":"his"}`), filepath.Join(mine, "none")}, string(filepath.ListSeparator)))
	if _, err := zoo.Open("his", prior.Options{}); err == nil || !strings.Contains(err.Error(), "his.json in ") {
		t.Errorf("the prior of a card that was left out: %v", err)
	}
	if s, err := zoo.DefaultShelf(mine); err != nil || len(s.Skipped) != 2 || s.Cards["mine"] == nil {
		t.Errorf("%v, left out: %v", err, s.Skipped)
	}
}

// Without a folder for caches there is no file of a card, and priors inside the program are there all the same.
func TestWithoutHome(t *testing.T) {
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData", "home", "TWEEDIE_CACHE"} {
		t.Setenv(name, "")
	}
	if _, err := zoo.Open("digits8", prior.Options{}); err != nil {
		t.Error(err)
	}
	s, err := zoo.DefaultShelf()
	if err != nil || s.Cache != "" {
		t.Fatalf("cache %q, %v", s.Cache, err)
	}
	t.Chdir(t.TempDir())
	c := s.Cards["lcv_faces40"]
	if _, err := s.Get(t.Context(), c, zoo.Fetch{From: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "TWEEDIE_CACHE") {
		t.Errorf("error %v", err)
	}
	if err := os.MkdirAll(c.Name, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Name, c.Files[0].Name), make([]byte, c.Files[0].Bytes), 0o644); err != nil {
		t.Fatal(err)
	}
	if path := s.Find(c); path != "" {
		t.Errorf("found %s in the current folder", path)
	}
}

// small is a folder with the card of a network of guided diffusion, its file and a golden computed in float64, and what
// the file is.
func small(t *testing.T) (folder, file string) {
	t.Helper()
	folder = t.TempDir()
	f, err := checkpoints.Open("../families/adm/testdata/average/checkpoint.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	config, err := os.ReadFile("../families/adm/testdata/average/config.json")
	if err != nil {
		t.Fatal(err)
	}
	g := &checkpoints.File{}
	for _, name := range []string{"x", "t", "out"} {
		a, err := checkpoints.ReadArray("../families/adm/testdata/average/" + name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		a.Name = name
		if err := g.Add(a); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkpoints.Save(filepath.Join(folder, "small.golden.safetensors"), g, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../families/adm/testdata/average/checkpoint.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(folder, "small.safetensors")
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	text := card(t, func(c map[string]any) {
		c["name"], c["config"], c["extents"] = "small", json.RawMessage(config), []int{8, 8}
		c["files"] = []any{map[string]any{"name": "small.safetensors", "sha256": sum(raw), "bytes": len(raw)}}
		c["golden"] = map[string]any{"file": "small.golden.safetensors", "by": "another implementation", "tolerance": 1e-4,
			"checks": []any{map[string]any{"of": "network", "x": "x", "t_of": "t", "want": "out"}}}
	})
	if err := os.WriteFile(filepath.Join(folder, "small.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return folder, file
}

// A file with another sha256 is not read; one with the right sha256 that is another network is found out by its golden.
func TestVerify(t *testing.T) {
	folder, file := small(t)
	c := shelf(t, folder).Cards["small"]
	v, err := c.Verify(file)
	if err != nil || !v.OK || v.Known != "small.safetensors" || len(v.Checks) != 1 || !(v.Checks[0].Error > 0 && v.Checks[0].Error < 2e-5) {
		t.Errorf("%+v, %v", v, err)
	}
	other := filepath.Join(folder, "other.safetensors")
	net, err := adm.New(layers.Root(rng.New(3)), configOf(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range net.Params() { // a network starts as the zero function
		rng.New(3).Split(p.Name(), 0).Stream().FillNorm32(p.Data())
		p.Touch()
	}
	f := &checkpoints.File{}
	if err := f.AddParams("", net.Params()); err != nil {
		t.Fatal(err)
	}
	if err := checkpoints.Save(other, f, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	if v, err := c.Verify(other); err != nil || v.OK || v.Known != "" || v.Checks != nil {
		t.Errorf("another file: %+v, %v", v, err)
	}
	raw, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	c.Files[0].SHA256 = sum(raw)
	if v, err := c.Verify(other); err != nil || v.OK || len(v.Checks) != 1 || v.Checks[0].Error < 1e-3 {
		t.Errorf("another network: %+v, %v", v, err)
	}
	c.Golden = nil
	if _, err := c.Verify(file); err == nil || !strings.Contains(err.Error(), "no golden") {
		t.Errorf("a card without a golden: %v", err)
	}
}

func configOf(t *testing.T) adm.Config {
	t.Helper()
	text, err := os.ReadFile("../families/adm/testdata/average/config.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := adm.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A card whose file is in the cache is a prior by its name.
func TestOpenCard(t *testing.T) {
	folder, file := small(t)
	s := shelf(t, folder)
	t.Setenv("TWEEDIE_ZOO", folder)
	path, err := s.Get(t.Context(), s.Cards["small"], zoo.Fetch{From: file})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(os.Getenv("TWEEDIE_CACHE"), "small", "small.safetensors"); path != want || s.Find(s.Cards["small"]) != want {
		t.Errorf("the file is at %s, want %s", path, want)
	}
	p, err := zoo.Open("small", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "small" || p.Shape().Rank() != 3 || p.Spec.Range != [2]float64{0, 1} {
		t.Errorf("%s", p.Summary())
	}
	sc := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer sc.Close()
	in := p.Shape().Insert(0, 1)
	if out := p.Denoiser.Denoise(sc, sc.Zeros(in), []float64{.5}); out.Shape() != in {
		t.Errorf("it makes %v of %v", out.Shape(), in)
	}
}
