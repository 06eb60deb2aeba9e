//go:build !unix

package external

import "os/exec"

func ownGroup(*exec.Cmd) {}

// killGroup ends a process. Those that it started end when they find that their input has ended.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
