package disk

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// Owner is the process that holds a Lock.
type Owner struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"`
}

// String returns the owner in words: process 7 on host a, for 2m0s, "tweedie train".
func (o Owner) String() string {
	if o.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d on host %s, for %s, %q", o.PID, o.Host, time.Since(o.Since).Round(time.Second), o.Command)
}

// BusyError says that another process is at work on a file or folder.
type BusyError struct {
	Target string
	Owner  Owner
}

func (e *BusyError) Error() string { return fmt.Sprintf("%s is in use by %s", e.Target, e.Owner) }

// readOwner reads who signed a lock, and when last; nobody when the text is not whole.
func readOwner(f *os.File) (o Owner, changed time.Time, err error) {
	info, err := f.Stat()
	if err != nil {
		return o, changed, err
	}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<16))
	if err != nil {
		return o, changed, err
	}
	if json.Unmarshal(text, &o) != nil {
		o = Owner{}
	}
	return o, info.ModTime(), nil
}
