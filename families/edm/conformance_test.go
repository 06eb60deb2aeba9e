package edm_test

import (
	"strings"
	"testing"

	"tweedie/layers/layerstest"
)

func TestConformance(t *testing.T) {
	var names []string
	for _, r := range rows() {
		names = append(names, r.Name)
		t.Run(r.Name, func(t *testing.T) { layerstest.Check(t, r) })
	}
	missing, err := layerstest.Missing(".", names, "Forward", "Params")
	if err != nil || len(missing) > 0 {
		t.Errorf("types without a row: %s %v", strings.Join(missing, ", "), err)
	}
}
