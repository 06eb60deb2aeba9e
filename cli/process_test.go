package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Environment variables that make the test binary a process of its own: the command with these arguments, or one that
// says how signals reach it.
const (
	childVerb    = "TWEEDIE_TEST_ARGS"
	childSignals = "TWEEDIE_TEST_SIGNALS"
)

func TestMain(m *testing.M) {
	if os.Getenv(childSignals) != "" {
		tellSignals()
	}
	text := os.Getenv(childVerb)
	if text == "" {
		os.Exit(m.Run())
	}
	var args []string
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Args = append([]string{"tweedie"}, args...)
	Main()
}

// tellSignals says when it listens, and when its context is cancelled, and then takes long to save.
func tellSignals() {
	ctx, stop := withSignals(context.Background())
	defer stop()
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("cancelled")
	time.Sleep(time.Minute)
}

// process runs the command as a process of its own.
func process(args ...string) *exec.Cmd {
	text, err := json.Marshal(args)
	if err != nil {
		panic(err) // strings
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childVerb+"="+string(text))
	return c
}
