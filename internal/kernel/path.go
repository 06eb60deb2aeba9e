package kernel

import (
	"fmt"
	"os"
)

// fast is the path in use, and pathErr why it is not the one asked for.
var fast, pathErr = choose(paths(), os.Getenv("TWEEDIE_KERNELS"))

// pathGeneric returns the path that runs everywhere: without assembly.
func pathGeneric() assembly { return assembly{name: "generic"} }

// choose picks the path called want, or the first when want is empty or unknown.
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
	return list[0], fmt.Errorf("kernel: TWEEDIE_KERNELS=%q cannot be used here: want one of %q; using %s", want, names, list[0].name)
}

// Path returns the kernels in use: "avx512", "avx2" or "generic". The environment
// variable TWEEDIE_KERNELS names one to pin; see PathError.
func Path() string { return fast.name }

// PathError says why the path named by TWEEDIE_KERNELS is not the one in use; nil when it is.
func PathError() error { return pathErr }
