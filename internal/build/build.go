// Package build says which program is running.
package build

import (
	"runtime"
	"runtime/debug"
)

// Info describes the program.
type Info struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Commit   string `json:"commit,omitempty"`   // of the source, where the program was built in a clone of it
	Time     string `json:"time,omitempty"`     // of the commit
	Modified bool   `json:"modified,omitempty"` // the source had changes that the commit has not
}

// Running describes the program that is running.
func Running() Info {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		b = &debug.BuildInfo{}
	}
	i := of(b)
	i.Go, i.Platform = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
	return i
}

// Version returns the version of tweedie in this program, whether tweedie is the program or a module in it;
// "(unknown)" for a build that does not record it.
func Version() string { return Running().Version }

// of returns what a build recorded of tweedie. The commit is that of the main module, so it is left out where that is another.
func of(b *debug.BuildInfo) Info {
	i := Info{Version: "(unknown)"}
	for _, m := range append(b.Deps, &b.Main) {
		if m.Path == "tweedie" && m.Version != "" {
			i.Version = m.Version
		}
	}
	if b.Main.Path != "tweedie" {
		return i
	}
	for _, s := range b.Settings {
		switch s.Key {
		case "vcs.revision":
			i.Commit = s.Value
		case "vcs.time":
			i.Time = s.Value
		case "vcs.modified":
			i.Modified = s.Value == "true"
		}
	}
	return i
}
