package train

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/internal/absent"
	"tweedie/internal/disk"
	"tweedie/rng"
)

// Setup holds all that a run is made of. Only Config, Params and Objective are needed.
type Setup struct {
	Config    Config
	Params    []*autodiff.Param // weights and buffers of the network, each under a name of its own
	Objective Objective
	HeldOut   Objective // on data that is not trained on; evaluated on the average where there is one
	Cursor    Cursor    // the position in the data that Objective draws from

	// Values of the caller's own in place of those that Config names. Its other fields stay: steps, batches, clipping.
	Optimizer Optimizer    // for the trainable parameters among Params; nil for Config's. Its Slots are saved and resumed
	Rate      LearningRate // of every step, the warm-up included; nil for Config's

	Path   string            // file of the state; resumed when it exists
	Fresh  bool              // start anew even so; the old state stays until the first save
	Accept []string          // fields of Config and Guard, by name, that may differ from the saved run's
	Guard  map[string]string // further settings by name, such as the data's, that the saved run must share
	Late   []string          // names of Guard that states of earlier versions lack, and may
	Info   checkpoints.Info  // about the network, stored with every state; Step and EMA are filled in

	Stats    string         // file of statistics, one JSON object a line, appended
	Progress func(Progress) // called after every step, and first for the one resumed from, on Run's goroutine
}

// Trainer is a run between two steps. It serves one goroutine, and owns its parameters while Run is at work.
type Trainer struct {
	setup Setup
	cfg   Config
	key   rng.Key
	arena *autodiff.Arena
	grads *Gradients
	optim Optimizer
	lr    LearningRate
	ema   *EMA // nil for none
	undo  *undo
	rate  rate

	step, images      int64
	loss, norm        float64 // of the latest step
	heldOut           float64
	evaluated, logged int64 // step of the latest held-out loss, and of the latest line of statistics
	saved             int64 // step of the state on disk; -1 for none
}

// New returns a run at its beginning, or where the state at s.Path left it. Parameters are overwritten only when all of
// the state fits. The error names the field of the config, the parameter, or the part of the state that does not.
func New(s Setup) (*Trainer, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	optim, err := s.optimizer()
	if err != nil {
		return nil, err
	}
	t := &Trainer{
		setup: s, cfg: s.Config, key: rng.New(s.Config.Seed).Split("train", 0),
		arena: autodiff.NewArena(), grads: NewGradients(s.Params), optim: optim, lr: s.learningRate(),
		loss: math.NaN(), norm: math.NaN(), heldOut: math.NaN(), saved: -1,
	}
	if t.cfg.EMAHalfLife > 0 {
		t.ema = NewEMA(s.Params, t.cfg.EMAHalfLife, t.cfg.EMARamp)
	}
	if s.Path != "" {
		if err := disk.RemoveStale(s.Path); err != nil {
			return nil, fmt.Errorf("train: state: %w", err)
		}
		switch _, err := os.Stat(s.Path); {
		case errors.Is(err, fs.ErrNotExist) || err == nil && s.Fresh:
		case err != nil:
			return nil, fmt.Errorf("train: state: %w", err)
		default:
			if err := t.load(s.Path); err != nil {
				return nil, fmt.Errorf("train: resume from %s: %w", s.Path, err)
			}
		}
	}
	t.undo = newUndo(s.Params, s.Cursor)
	if s.Stats != "" {
		if t.logged, err = truncateStats(s.Stats, t.step); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// check returns an error about the first thing that is missing or wrong in the setup.
func (s *Setup) check() error {
	if err := s.Config.Validate(); err != nil {
		return err
	}
	if absent.Is(s.Objective) {
		return errors.New("train: the setup has no Objective")
	}
	seen := map[string]bool{}
	for i, p := range s.Params {
		if p == nil {
			return fmt.Errorf("train: parameter %d is nil", i)
		}
		if p.Name() == "" || seen[p.Name()] {
			return fmt.Errorf("train: parameter %d is called %q; want names, each once", i, p.Name())
		}
		seen[p.Name()] = true
	}
	if len(Trainable(s.Params)) == 0 {
		return fmt.Errorf("train: none of the %d parameters is trainable", len(s.Params))
	}
	return nil
}

// Step returns the number of steps taken, with the steps of earlier runs.
func (t *Trainer) Step() int64 { return t.step }

// Images returns the number of images seen, with the images of earlier runs.
func (t *Trainer) Images() int64 { return t.images }

// EMA returns the average of the weights, nil when the config asks for none.
func (t *Trainer) EMA() *EMA { return t.ema }

// Arena returns the arena that the steps run on; its Peak is the memory that they need.
func (t *Trainer) Arena() *autodiff.Arena { return t.arena }
