package train

import (
	"testing"

	"tweedie/internal/config/configtest"
)

func TestHostileNumbers(t *testing.T) {
	c := Default()
	c.Steps = 100
	configtest.Hostile(t, c, Config.Validate)
	c.Steps, c.Images, c.Decay, c.Optimizer = 0, 100_000, "cosine", "sgd"
	configtest.Hostile(t, c, Config.Validate)
}
