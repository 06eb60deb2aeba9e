package external

import (
	"os/exec"
	"syscall"
)

// ownGroup makes a process the leader of a group, so that a Ctrl-C at the terminal, which we answer by saving what there is,
// does not end it, and all that it starts can be ended with it. However we end, it is killed then.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup ends a process and those that it started.
func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
