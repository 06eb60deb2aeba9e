package flows

// The tests of these stand outside, where flowstest and layerstest can be imported.
var (
	NewActNorm = newActNorm
	Cholesky   = cholesky
	Inverse    = inverse
	LogAbsDet  = logAbsDet
)
