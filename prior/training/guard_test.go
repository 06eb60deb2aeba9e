package training

import (
	"strings"
	"testing"
)

// A run that was begun before images could be resized goes on: without --resize its guard is what it was.
func TestGuardOfFormerRuns(t *testing.T) {
	r := &Training{cfg: Default()}
	former := `{"shape":[0,0,0],"max":0,"range":[0,0],"array":"","labels":"","channels_last":false,"flip":false,"crop":[0,0],` +
		`"validation":0.1,"gray":false,"classes":false,"max_pixels":0}`
	if g, err := r.guard(); err != nil || g["data"] != former {
		t.Errorf("%s, %v; want %s", g["data"], err, former)
	}
	r.cfg.Data.Resize = [2]int{8, 9}
	if g, err := r.guard(); err != nil || !strings.Contains(g["data"], `"resize":[8,9]`) {
		t.Errorf("%s, %v", g["data"], err)
	}
}
