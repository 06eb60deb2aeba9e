package families

import "errors"

// ErrOpen says that a configuration must be given, because the tensors leave something open. Errors wrap it.
var ErrOpen = errors.New("the file does not say it all; give its config.json, or the name of a preset")
