package layers

// The tests of these stand outside, where layerstest can be imported.
var (
	Attend   = attend
	NewLabel = newLabel
)

type Label = label
