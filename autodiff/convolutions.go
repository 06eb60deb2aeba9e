package autodiff

import (
	"fmt"
	"os"
	"sync/atomic"

	"tweedie/internal/kernel"
)

// Convolutions says how the float32 convolutions of an Arena are computed.
type Convolutions uint32

const (
	// Winograd convolves by Winograd's minimal filtering where that is faster: values are within 3e-5 of the largest.
	Winograd Convolutions = iota
	// Direct convolves by matrix products alone, for numbers that must match another program's to 1e-6.
	Direct
)

// String returns "winograd" or "direct".
func (c Convolutions) String() string {
	if c == Direct {
		return "direct"
	}
	return "winograd"
}

// defaultConvolutions holds the Convolutions of new arenas.
var defaultConvolutions atomic.Uint32

func init() {
	if os.Getenv(winogradVariable) == "off" {
		SetDefaultConvolutions(Direct)
	}
}

// winogradVariable is the environment variable that chooses the default of a process.
const winogradVariable = "TWEEDIE_WINOGRAD"

// DefaultConvolutions returns the Convolutions of an arena on which SetConvolutions was not called: Winograd, unless
// the environment has TWEEDIE_WINOGRAD=off or SetDefaultConvolutions chose others.
func DefaultConvolutions() Convolutions { return Convolutions(defaultConvolutions.Load()) }

// SetDefaultConvolutions sets the Convolutions of the arenas made from now on. A program calls it once, at its start;
// a library calls Arena.SetConvolutions.
func SetDefaultConvolutions(c Convolutions) { defaultConvolutions.Store(uint32(c)) }

// SetConvolutions sets how the convolutions of the arena's scopes are computed from now on.
func (a *Arena) SetConvolutions(c Convolutions) { a.convolutions = c }

// Convolutions returns how the convolutions of the arena's scopes are computed.
func (a *Arena) Convolutions() Convolutions { return a.convolutions }

// CheckEnvironment returns an error when TWEEDIE_KERNELS names kernels that this machine does not have, or when
// TWEEDIE_WINOGRAD is neither on nor off. Either is then as if it were not set, which a program should not leave
// unsaid.
func CheckEnvironment() error {
	if err := kernel.CheckEnvironment(); err != nil {
		return err
	}
	switch w := os.Getenv(winogradVariable); w {
	case "", "on", "off":
		return nil
	default:
		return fmt.Errorf("autodiff: %s is %q; want on or off", winogradVariable, w)
	}
}
