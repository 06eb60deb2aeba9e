//go:build !noasm

package par

import "runtime"

// control reads the register that governs the vector arithmetic of this thread, and setControl writes it.
func control() uint32
func setControl(word uint32)

// flush holds its bits "denormal results are zero" and "denormal operands are zero".
const flush = 1<<15 | 1<<6

// quicken makes denormals zero on this thread, and keeps the goroutine on it, until relax gets the value that quicken
// returned. Inside another quicken it does nothing.
func quicken() (old uint32) {
	runtime.LockOSThread()
	old = control()
	if old&flush == flush {
		runtime.UnlockOSThread()
		return old
	}
	setControl(old | flush)
	return old
}

func relax(old uint32) {
	if old&flush != flush {
		setControl(old)
		runtime.UnlockOSThread()
	}
}
