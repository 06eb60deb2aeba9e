package disk

import (
	"errors"

	"golang.org/x/sys/windows"
)

// processesSeen says that this system tells which processes live.
const processesSeen = true

// stillActive is the exit code of a process that has not ended.
const stillActive = 259

// alive reports whether a process of this host lives.
func alive(pid int) bool {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return errors.Is(err, windows.ERROR_ACCESS_DENIED)
	}
	defer windows.CloseHandle(h)
	var code uint32
	return windows.GetExitCodeProcess(h, &code) == nil && code == stillActive
}
