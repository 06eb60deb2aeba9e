package inverse_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"tweedie/internal/config/configtest"
	"tweedie/inverse"
	"tweedie/inverse/inversetest"
)

// noiseRows has at least one row for every kind of noise.
var noiseRows = []struct {
	name, json string
	clean      []float64
}{
	{"gaussian", `{"kind":"gaussian","sigma":0.7}`, []float64{0, 1, -3}},
	{"gaussian/each", `{"kind":"gaussian","sigmas":[0.3,2,0.01]}`, []float64{.3, -1, 2}},
	{"gaussian/covariance", `{"kind":"gaussian","covariance":[[2,-0.5,0.3],[-0.5,1,0.1],[0.3,0.1,0.09]]}`, []float64{.3, -1, 2}},
	{"logistic", `{"kind":"logistic","scale":0.4}`, []float64{0, 1, -3}},
}

func TestNoises(t *testing.T) {
	for _, r := range noiseRows {
		t.Run(r.name, func(t *testing.T) {
			n, err := inverse.DecodeNoise([]byte(r.json))
			if err != nil {
				t.Fatal(err)
			}
			inversetest.Noise(t, n, r.clean)
			configtest.Hostile(t, n, func(n inverse.Noise) error { return n.Validate(len(r.clean)) })
			data, err := inverse.EncodeNoise(n)
			if err != nil {
				t.Fatal(err)
			}
			again, err := inverse.DecodeNoise(data)
			if err != nil {
				t.Fatal(err)
			}
			if second, err := inverse.EncodeNoise(again); err != nil || !bytes.Equal(second, data) {
				t.Errorf("%s decodes to %s (%v)", data, second, err)
			}
		})
	}
}

// TestEveryNoiseHasARow fails on a registered kind, or an exported type with a Residual, that no row covers.
func TestEveryNoiseHasARow(t *testing.T) {
	var kinds, types []string
	for _, r := range noiseRows {
		n, err := inverse.DecodeNoise([]byte(r.json))
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, n.Kind())
		types = append(types, reflect.Indirect(reflect.ValueOf(n)).Type().Name())
	}
	for _, kind := range inverse.NoiseKinds() {
		if !slices.Contains(kinds, kind) {
			t.Errorf("the kind of noise %q has no conformance row", kind)
		}
	}
	found := typesWith(t, parseAll(t), "Residual", "Noise")
	if !found["Gaussian"] {
		t.Fatalf("only %v have a Residual; the walk is broken", found)
	}
	for name := range found {
		if !slices.Contains(types, name) {
			t.Errorf("type %s has a Residual, but no conformance row", name)
		}
	}
}

func TestANoiseIsRegisteredOnce(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a kind of noise can be registered twice")
		}
	}()
	inverse.RegisterNoise(inverse.Gaussian{})
}
