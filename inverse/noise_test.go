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
	{"laplace", `{"kind":"laplace","scale":0.4}`, []float64{0, 1, -3}},
	{"laplace/each", `{"kind":"laplace","scales":[0.4,2]}`, []float64{0, 1}},
	{"student", `{"kind":"student","dof":4,"scale":0.4}`, []float64{0, 1, -3}},
	{"student/each", `{"kind":"student","dof":2.5,"scales":[0.4,2]}`, []float64{0, 1}},
	{"student/near normal", `{"kind":"student","dof":1000,"scale":0.4}`, []float64{0}},
	{"gaussian-unknown", `{"kind":"gaussian-unknown","shape":3,"scale":2}`, []float64{0, 1, -3}},
	{"uniform", `{"kind":"uniform","half_width":0.6}`, []float64{0, 1, -3}},
	{"uniform/each", `{"kind":"uniform","half_widths":[0.6,2]}`, []float64{0, 1}},
	{"poisson", `{"kind":"poisson"}`, []float64{0.3, 4, 90}},
	{"poisson/background", `{"kind":"poisson","gain":0.1,"background":0.2}`, []float64{0.05, 0.4, 3}},
	{"poisson/backgrounds", `{"kind":"poisson","gain":0.1,"backgrounds":[0.2,1]}`, []float64{0.05, 0.4}},
	{"poisson/exponential", `{"kind":"poisson","gain":2,"link":"exponential"}`, []float64{-1, 1, 4}},
	{"poisson/exponential with background", `{"kind":"poisson","background":0.5,"link":"exponential"}`, []float64{-1, 1, 4}},
	{"poisson-gaussian", `{"kind":"poisson-gaussian","sigma":0.7}`, []float64{0.3, 4, 90}},
	{"poisson-gaussian/counts apart", `{"kind":"poisson-gaussian","gain":2,"sigma":0.3,"background":1}`, []float64{0.5, 6}},
	{"poisson-gaussian/each", `{"kind":"poisson-gaussian","gain":0.1,"sigmas":[0.3,0.05],"backgrounds":[0,1]}`, []float64{0.5, 6}},
	{"poisson-gaussian/wide", `{"kind":"poisson-gaussian","gain":0.001,"sigma":0.05}`, []float64{1, 3}},
	{"poisson-gaussian/exponential", `{"kind":"poisson-gaussian","sigma":0.7,"link":"exponential"}`, []float64{-1, 2}},
	{"rician", `{"kind":"rician","sigma":0.5}`, []float64{0.2, 1, -3}},
	{"rician/each", `{"kind":"rician","sigmas":[0.5,0.02]}`, []float64{0.2, 3}},
	{"log-normal", `{"kind":"log-normal","sigma":0.5}`, []float64{0.4, 1, 30}},
	{"log-normal/each", `{"kind":"log-normal","sigmas":[0.5,0.1]}`, []float64{0.4, 1}},
	{"gamma", `{"kind":"gamma","looks":4}`, []float64{0.4, 1, 30}},
	{"gamma/one look", `{"kind":"gamma","looks":1}`, []float64{0.4, 1}},
	{"gamma/many looks", `{"kind":"gamma","looks":300.5}`, []float64{2}},
	{"rounded", `{"kind":"rounded","step":0.5,"sigma":0.4}`, []float64{0, 1.1, -3.3}},
	{"rounded/fine", `{"kind":"rounded","step":0.125,"sigmas":[0.4,2]}`, []float64{0, 1.1}},
	{"rounded/coarse", `{"kind":"rounded","step":1,"sigma":0.3}`, []float64{0.4, 1.5}},
	{"one-bit", `{"kind":"one-bit","scale":0.7}`, []float64{0, 1.1, -0.8}},
	{"one-bit/each", `{"kind":"one-bit","scale":0.7,"thresholds":[0.2,1]}`, []float64{0, 1.1}},
	{"one-bit/logistic", `{"kind":"one-bit","scale":0.3,"link":"logistic","threshold":0.1}`, []float64{0, 1.1, -0.8}},
	{"von-mises", `{"kind":"von-mises","concentration":2}`, []float64{0, 3, -7}},
	{"von-mises/each", `{"kind":"von-mises","concentrations":[0.3,40]}`, []float64{0.2, 1}},
	{"von-mises/narrow", `{"kind":"von-mises","concentration":3000}`, []float64{3.1, 1}},
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
