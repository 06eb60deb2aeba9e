package denoisers_test

import (
	"testing"

	"tweedie/families/denoisers"
	"tweedie/internal/config/configtest"
	"tweedie/layers/layerstest"
)

func TestHostileNumbers(t *testing.T) {
	configtest.Hostile(t, denoisers.DefaultCNN(1, 3), layerstest.Refusal(denoisers.NewCNN))
	configtest.Hostile(t, denoisers.DefaultUNetRes(1), layerstest.Refusal(denoisers.NewUNetRes))
	configtest.Hostile(t, denoisers.DefaultTimeCNN(), layerstest.Refusal(denoisers.NewTimeCNN))
	configtest.Hostile(t, denoisers.DefaultUNet(1), layerstest.Refusal(denoisers.NewUNet))
	configtest.Hostile(t, denoisers.DefaultTDV(1), layerstest.Refusal(denoisers.NewTDV))
	configtest.Hostile(t, denoisers.DefaultAscent(), denoisers.Ascent.Validate)
}
