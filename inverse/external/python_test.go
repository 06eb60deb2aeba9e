package external_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/external"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
)

// interpreter returns a python that has the modules, TWEEDIE_PYTHON or python3, and skips the test where there is none.
func interpreter(t *testing.T, modules string) string {
	t.Helper()
	name := os.Getenv("TWEEDIE_PYTHON")
	if name == "" {
		name = "python3"
	}
	if err := exec.Command(name, "-c", "import "+modules).Run(); err != nil {
		t.Skipf("%s does not import %s; TWEEDIE_PYTHON names one that does", name, modules)
	}
	return name
}

// The programs of examples/external are operators, with true transposes and derivatives.
func TestPythonPrograms(t *testing.T) {
	dir := t.TempDir()
	head := "\x93NUMPY\x01\x00\x3e\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 16)}   \n"
	matrix := optest.Normals(32, 1)
	raw, err := binary.Append([]byte(head), binary.LittleEndian, matrix)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "A.npy"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		modules string
		words   []string
	}{
		{"numpy", []string{"matrix.py", filepath.Join(dir, "A.npy")}},
		{"numpy", []string{"radon.py"}},
		{"numpy", []string{"radon.py", "counts"}},
		{"skimage", []string{"columns.py"}},
	} {
		t.Run(strings.Join(c.words, " "), func(t *testing.T) {
			config := external.Config{Command: append([]string{interpreter(t, c.modules)}, c.words...), Dir: "../../examples/external"}
			op, stop, err := external.Start(t.Context(), config, autodiff.S(1, 4, 4))
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			inversetest.Operator(t, hidden(op))
		})
	}
}

// hidden takes the description from an operator, which would start a second program.
func hidden(op inverse.Operator) inverse.Operator {
	if l, ok := op.(inverse.Linear); ok {
		return struct{ inverse.Linear }{l}
	}
	return struct{ inverse.Differentiable }{op.(inverse.Differentiable)}
}
