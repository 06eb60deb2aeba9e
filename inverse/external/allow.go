package external

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// permission is one call of Allow, with the programs that it started.
type permission struct {
	ctx     context.Context
	running map[string]*program // by config and shape
}

var (
	permissionsMu sync.Mutex
	permissions   []*permission
)

// Allow lets descriptions of the kind "external" start the programs that they name, until ctx ends or stop is called, which
// ends the programs. Descriptions that are the same share a program. A run that is cancelled may still need its operator, to
// judge what there is so far; so give Allow a context that outlives the run, and call stop at the end.
func Allow(ctx context.Context) (stop func()) {
	p := &permission{ctx: ctx, running: map[string]*program{}}
	permissionsMu.Lock()
	defer permissionsMu.Unlock()
	permissions = append(permissions, p)
	return func() {
		permissionsMu.Lock()
		defer permissionsMu.Unlock()
		permissions = slices.DeleteFunc(permissions, func(q *permission) bool { return q == p })
		for _, r := range p.running {
			r.close(errStopped)
		}
	}
}

// allowed returns the operator of a program under the last permission.
func allowed(c Config, in autodiff.Shape) (inverse.Operator, error) {
	permissionsMu.Lock()
	defer permissionsMu.Unlock()
	if len(permissions) == 0 {
		dir := c.Dir
		if dir == "" {
			dir = "the current folder"
		}
		return nil, config.Errorf("external", "command", "the operator would run the program %s in %s; a program runs only where you say so: by --allow-programs in the command, by external.Allow in Go", c.text(), dir)
	}
	p := permissions[len(permissions)-1]
	raw, err := json.Marshal(plain(c))
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%s %v", raw, in)
	if r := p.running[key]; r != nil && r.failure() == nil {
		return r.operator(), nil
	}
	r, err := start(p.ctx, c, in)
	if err != nil {
		return nil, err
	}
	p.running[key] = r
	return r.operator(), nil
}

// Start runs the program for images of shape in, whether or not Allow was called: a Go program that calls it has named the
// command itself. The operator is inverse.Linear or inverse.Differentiable, as the program says. The program ends with ctx,
// or when stop is called.
func Start(ctx context.Context, c Config, in autodiff.Shape) (op inverse.Operator, stop func(), err error) {
	if err := c.Validate(in); err != nil {
		return nil, nil, err
	}
	p, err := start(ctx, c, in)
	if err != nil {
		return nil, nil, err
	}
	return p.operator(), func() { p.close(errStopped) }, nil
}
