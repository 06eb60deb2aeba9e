package demo

import (
	"context"
	"fmt"
	"io"

	"tweedie/infer"
	"tweedie/internal/disk"
	"tweedie/prior"
)

// DefaultPrior and DefaultMethods name what a demonstration takes when nothing else is asked for.
const (
	DefaultPrior   = "fashion28"
	DefaultMethods = "dpnp,dpi,red-diff"
)

// Samples of each method: on a page, and of an image in a table.
const (
	PageSamples  = 16
	TableSamples = 8
)

// Config says what to demonstrate. Its fields are the flags of the command.
type Config struct {
	Prior   string // as the user named it
	Image   string // file with images of the user's own; empty for the embedded ones
	Task    string // a name of TaskNames, or "all" for a table
	Methods string // names, with commas between
	Change  string // fields of methods to change, as the user gave them, a JSON object or the name of a file
	Fields  []byte // the JSON object of Change; may be empty
	Index   int    // of the embedded image
	Samples int    // posterior samples, or restarts, of each method
	Images  int    // of a table
	Sigma   *float64
	Full    bool
	SkipToy bool
	Seed    uint64
	Out     string // folder that stays after a kill, with the states and results from which a run goes on
}

// Host lends a demonstration what the program around it does.
type Host struct {
	// Read reads the first most images of a file, or all when most is 0, for the prior: [N*D], and how many there are.
	Read func(ctx context.Context, path string, most int) (x []float64, n int, err error)
	// Follow returns a callback that shows the progress of a piece of work, and one that ends the display.
	Follow func(what string) (report func(infer.Progress), done func())
}

// Run holds a demonstration that is ready to begin.
type Run interface {
	// Files returns patterns for the names of the files that Solve writes into its folder.
	Files() []string
	// Folders returns the folders below Config.Out to which a run saves what it goes on from. Make them before Solve.
	Folders() []string
	// Solve runs the demonstration and writes its files into folder, which it does not commit. When ctx ends, it writes
	// what it has and returns it together with the context's error; the outcome is nil when nothing was written.
	Solve(ctx context.Context, folder *disk.Folder) (Outcome, error)
}

// Outcome holds what a demonstration found. Its JSON makes results.json.
type Outcome interface {
	// Print writes a table for people.
	Print(w io.Writer)
}

// New checks a demonstration of an open prior, measures its first image, and returns it ready to run: a table when the
// config asks for Images, a page otherwise.
func New(ctx context.Context, c Config, prior *prior.Prior, host Host) (Run, error) {
	tasks, err := chooseTasks(c.Task, prior)
	if err != nil {
		return nil, err
	}
	if c.Sigma != nil {
		for i := range tasks {
			tasks[i].sigma = *c.Sigma
		}
	}
	if c.Images != 0 {
		return newTable(ctx, c, prior, host, tasks)
	}
	if len(tasks) != 1 {
		return nil, fmt.Errorf("--task %s is for tables; give --images as well", c.Task)
	}
	return newPage(ctx, c, prior, host, tasks[0])
}
