// Command layercheck fails when a package of tweedie imports one that its layer may not, or when the command
// depends on a module that only the interop packages may use, and when the table of packages in docs/architecture.md
// is not the one below, or when a document names a Go file, or something in one, that is not there. Run it as
//
//	go run -C tools ./layercheck ..
//	go run -C tools ./layercheck -write ..      writes the table into the document
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// allowed is, for each package, what it may import directly of the module. A package may also import what those
// may import. A folder below a package follows its package's row.
var allowed = map[string][]string{
	"internal/par":                     {},
	"internal/npy":                     {"internal/input"},
	"internal/input":                   {},
	"internal/build":                   {},
	"internal/disk":                    {},
	"internal/absent":                  {},
	"internal/nonfinite":               {},
	"internal/config":                  {"internal/absent", "internal/input"},
	"internal/kernel":                  {"internal/par"},
	"internal/testkit":                 {"autodiff", "rng"},
	"rng":                              {},
	"autodiff":                         {"internal/kernel", "internal/par", "internal/absent", "internal/nonfinite"},
	"layers":                           {"autodiff", "rng", "internal/config"},
	"inverse":                          {"autodiff", "rng", "internal/config", "internal/arrays"},
	"inverse/optics":                   {"inverse"},
	"inverse/mri":                      {"inverse"},
	"inverse/external":                 {"inverse"},
	"inverse/learned":                  {"inverse", "layers", "checkpoints"},
	"inverse/noises":                   {"inverse"},
	"inverse/phase":                    {"inverse"},
	"inverse/all":                      {"inverse/external", "inverse/learned", "inverse/mri", "inverse/noises", "inverse/optics", "inverse/phase"},
	"inverse/opcheck":                  {"inverse"},
	"checkpoints/internal/store":       {"internal/config", "internal/npy"},
	"checkpoints/internal/pickle":      {"internal/npy"},
	"checkpoints/internal/safetensors": {"checkpoints/internal/store"},
	"checkpoints/internal/fits":        {"checkpoints/internal/store"},
	"checkpoints/internal/foreign":     {"checkpoints/internal/numpy", "checkpoints/internal/safetensors"},
	"checkpoints/internal/numpy":       {"checkpoints/internal/store"},
	"checkpoints/internal/tree":        {"checkpoints/internal/numpy", "checkpoints/internal/pickle"},
	"checkpoints/internal/flax":        {"checkpoints/internal/tree"},
	"checkpoints/internal/torch":       {"checkpoints/internal/tree"},
	"checkpoints/internal/edm":         {"checkpoints/internal/torch"},
	"checkpoints/internal/filetest":    {"checkpoints/internal/torch"},
	"checkpoints":                      {"autodiff", "checkpoints/internal/edm", "checkpoints/internal/fits", "checkpoints/internal/flax", "checkpoints/internal/foreign", "internal/config", "internal/disk", "internal/input"},
	"data":                             {"rng", "internal/npy", "internal/input"},
	"unet":                             {"layers", "autodiff", "rng", "internal/config"},
	"flows":                            {"layers", "autodiff", "rng"},
	"diffusion":                        {"autodiff", "rng", "internal/config"},
	"diffusion/exact":                  {"diffusion"},
	"internal/arrays":                  {"internal/config", "internal/input"},
	"internal/arrays/files":            {"internal/arrays", "checkpoints", "data"},
	"diffusion/exact/exactfile":        {"diffusion/exact", "internal/arrays/files"},
	"diffusion/difftest":               {"diffusion/exact"},
	"train":                            {"autodiff", "checkpoints", "rng"},
	"eval":                             {"autodiff", "inverse"},
	"infer":                            {"diffusion/exact", "inverse", "eval", "flows", "train", "checkpoints", "internal/build"},
	"infer/infertest":                  {"infer", "inverse/optics"},
	"infer/internal/cases":             {"infer", "inverse/optics"},
	"report":                           {"infer", "eval"},
	"families":                         {"diffusion/exact", "checkpoints", "unet"},
	"families/adm":                     {"families", "unet"},
	"families/convscore":               {"families"},
	"families/denoisers":               {"families"},
	"families/denoisingdiffusion":      {"families", "unet"},
	"families/mlp":                     {"families"},
	"families/diffusers":               {"families/adm"},
	"families/dpi":                     {"families", "flows"},
	"families/edm":                     {"families/adm"},
	"families/scoreprior":              {"families/scoresde"},
	"families/scoresde":                {"families", "unet"},
	"families/all":                     {"families/adm", "families/convscore", "families/denoisers", "families/denoisingdiffusion", "families/diffusers", "families/dpi", "families/edm", "families/mlp", "families/scoreprior", "families/scoresde"},
	"prior":                            {"families/all", "diffusion/exact/exactfile"},
	"prior/training":                   {"prior", "data", "train"},
	"zoo":                              {"prior"},
	"interop/gorgonia":                 {"autodiff", "unet"},
	"problem":                          {"infer", "inverse/all", "zoo", "internal/arrays/files", "data", "checkpoints", "internal/config", "internal/input", "internal/npy", "internal/priors", "inverse/opcheck"},
	"internal/plan":                    {"zoo"},
	"internal/priors":                  {"report", "zoo"},
	"internal/quality":                 {"internal/priors", "data"},
	"internal/demo":                    {"internal/priors", "data", "inverse/mri", "inverse/optics"},
	"internal/bench":                   {"internal/plan", "infer", "train"},
	"internal/ckpt":                    {"zoo", "internal/input"},
	"cli":                              {"internal/demo", "problem", "report", "zoo", "data", "train", "inverse/all", "internal/bench", "internal/ckpt", "internal/quality", "prior/training"},
	"cmd/tweedie":                      {"cli"},
	"examples":                         {"cli"},
}

// conformance packages test a package from outside, as a user's own tests do, and draw random inputs or read fixtures.
var conformance = []string{"autodiff/gradtest", "diffusion/internal/numtest"}

// barred are modules that the command must not depend on.
var barred = []string{"gorgonia.org/"}

type pkg struct {
	ImportPath string
	Doc        string // the first sentence
	Imports    []string
	Deps       []string
}

func main() {
	write := flag.Bool("write", false, "write the table of packages into "+document)
	flag.Parse()
	dir := "."
	if flag.NArg() > 0 {
		dir = flag.Arg(0)
	}
	pkgs, err := list(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "layercheck:", err)
		os.Exit(2)
	}
	bad := append(check(pkgs), stale(dir)...)
	if err := compare(dir, table(pkgs), *write); err != nil {
		bad = append(bad, err.Error())
	}
	for _, b := range bad {
		fmt.Fprintln(os.Stderr, "layercheck:", b)
	}
	if len(bad) > 0 {
		os.Exit(1)
	}
	fmt.Printf("layercheck: %d packages, imports go down only\n", len(pkgs))
}

func list(dir string) ([]pkg, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports,Deps", "./...")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var pkgs []pkg
	for d := json.NewDecoder(out); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		pkgs = append(pkgs, p)
	}
	return pkgs, cmd.Wait()
}

func check(pkgs []pkg) (bad []string) {
	for _, p := range pkgs {
		path := strings.TrimPrefix(p.ImportPath, "tweedie/")
		row, ok := rowOf(path)
		if !ok {
			bad = append(bad, fmt.Sprintf("%s has no row in the table of layers", path))
			continue
		}
		if slices.Contains(conformance, path) {
			continue
		}
		may := closure(row)
		for _, imp := range p.Imports {
			target, ours := strings.CutPrefix(imp, "tweedie/")
			if !ours {
				continue
			}
			if r, _ := rowOf(target); r != row && !may[r] {
				bad = append(bad, fmt.Sprintf("%s imports %s, which lies above or beside it", path, target))
			}
		}
		if row == "cmd/tweedie" {
			for _, d := range p.Deps {
				for _, b := range barred {
					if strings.HasPrefix(d, b) {
						bad = append(bad, fmt.Sprintf("%s depends on %s", path, d))
					}
				}
			}
		}
	}
	return bad
}

// rowOf is the longest key of the table that path is or lies below.
func rowOf(path string) (row string, ok bool) {
	for k := range allowed {
		if (path == k || strings.HasPrefix(path, k+"/")) && len(k) > len(row) {
			row, ok = k, true
		}
	}
	return row, ok
}

func closure(row string) map[string]bool {
	may := map[string]bool{}
	var add func(string)
	add = func(r string) {
		for _, k := range allowed[r] {
			if !may[k] {
				may[k] = true
				add(k)
			}
		}
	}
	add(row)
	return may
}
