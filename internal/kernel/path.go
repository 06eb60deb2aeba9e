package kernel

import (
	"fmt"
	"os"
	"strings"
)

// fast is the path in use: the one that TWEEDIE_KERNELS names, if this machine has it, or the best.
var fast, _ = choose(paths(), os.Getenv("TWEEDIE_KERNELS"))

// pathGeneric returns the path that runs everywhere: without assembly.
func pathGeneric() assembly { return assembly{name: "generic"} }

// choose picks the path called want. It picks the first where want is empty, and, with an error, where it is unknown.
func choose(list []assembly, want string) (assembly, error) {
	var names []string
	for _, p := range list {
		if p.name == want {
			return p, nil
		}
		names = append(names, p.name)
	}
	if want == "" {
		return list[0], nil
	}
	return list[0], fmt.Errorf("kernel: TWEEDIE_KERNELS is %q; this machine has %s", want, strings.Join(names, ", "))
}

// Path returns the kernels in use: "avx512", "avx2" or "generic". The environment
// variable TWEEDIE_KERNELS names one to pin.
func Path() string { return fast.name }

// CheckEnvironment returns an error when TWEEDIE_KERNELS names kernels that this machine does
// not have. It is then as if it were not set, which a program should not leave unsaid.
func CheckEnvironment() error {
	_, err := choose(paths(), os.Getenv("TWEEDIE_KERNELS"))
	return err
}
