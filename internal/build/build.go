// Package build says which program is running.
package build

import "runtime/debug"

// Version returns the version of tweedie in this program, whether tweedie is the program or a module in it;
// "(unknown)" for a build that does not record it.
func Version() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	for _, m := range append(b.Deps, &b.Main) {
		if m.Path == "tweedie" && m.Version != "" {
			return m.Version
		}
	}
	return "(unknown)"
}
