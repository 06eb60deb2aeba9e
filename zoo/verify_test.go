package zoo_test

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/kernel"
)

// A golden is compared with direct convolutions, whatever the default of the process is.
func TestVerifyConvolvesDirectly(t *testing.T) {
	before := autodiff.DefaultConvolutions()
	t.Cleanup(func() { autodiff.SetDefaultConvolutions(before) })
	folder, file := small(t)
	c := shelf(t, folder).Cards["small"]
	on := func(how autodiff.Convolutions) float64 {
		a := autodiff.NewArena()
		a.SetConvolutions(how)
		v, err := c.VerifyOn(a, file)
		if err != nil {
			t.Fatal(err)
		}
		return v.Checks[0].Error
	}
	direct := on(autodiff.Direct)
	if kernel.Path() != "generic" && on(autodiff.Winograd) == direct {
		t.Fatal("minimal filtering is as far from the golden: this test sees nothing")
	}
	for _, d := range []autodiff.Convolutions{autodiff.Winograd, autodiff.Direct} {
		autodiff.SetDefaultConvolutions(d)
		if v, err := c.Verify(file); err != nil || v.Checks[0].Error != direct {
			t.Errorf("default %v: %+v, %v; want the direct error %g", d, v, err, direct)
		}
	}
}
