package dpi

import (
	"strings"
	"testing"
)

// A family or a batch that fits no memory is refused with its bytes before anything is made.
func TestFamilyRoom(t *testing.T) {
	for want, f := range map[string]FamilyConfig{
		"for which arrays of 7.276 TiB are needed, more than the 16 GiB": {Kind: "full"},
		"family.rank is 65536, for which arrays of 488.3 GiB are needed": {Kind: "low-rank", Rank: 65536},
		"family.seqfrac is 0.0078125; it must be larger":                 {Kind: "realnvp", Flows: 16, SeqFrac: 1. / 128},
	} {
		if err := f.room(1_000_000); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if err := f.room(64); err != nil {
			t.Error(err)
		}
	}
}
