//go:build unix && !linux

package external

import (
	"os/exec"
	"syscall"
)

// ownGroup makes a process the leader of a group, so that a Ctrl-C at the terminal, which we answer by saving what there is,
// does not end it, and all that it starts can be ended with it. Once we have ended, it finds that its input has, too.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends a process and those that it started.
func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
