package build

import (
	"runtime/debug"
	"testing"
)

// The version is that of tweedie wherever it is; the commit is known only of a program that is tweedie.
func TestOf(t *testing.T) {
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: "8f2c1d0"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"}}
	self := debug.Module{Path: "tweedie", Version: "v0.1.0"}
	for want, b := range map[Info]*debug.BuildInfo{
		{Version: "(unknown)"}: {},
		{Version: "v0.1.0", Commit: "8f2c1d0", Time: "2026-01-02T03:04:05Z", Modified: true}: {Main: self, Settings: vcs},
		{Version: "v0.1.0"}: {Main: debug.Module{Path: "example.org/own"}, Deps: []*debug.Module{&self}, Settings: vcs},
	} {
		if got := of(b); got != want {
			t.Errorf("%+v; want %+v", got, want)
		}
	}
}
