package checkpoints

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	_, err := readAll([]byte("\x27\x00\x00\x00\x00\x00\x00\x00" + `{"__metadata__":{"format_version":"7"}}`))
	var v *VersionError
	if !errors.As(err, &v) || v.Version != 7 || !strings.Contains(err.Error(), "format_version 7") {
		t.Errorf("error %v, want a VersionError of 7", err)
	}
	f := &File{Meta: map[string]string{versionKey: "55"}}
	var b bytes.Buffer
	if err := f.Encode(&b); err != nil {
		t.Fatal(err)
	}
	if back, err := readAll(b.Bytes()); err != nil || back.Version() != FormatVersion || f.Meta[versionKey] != "55" {
		t.Errorf("Encode must write its own version and leave the caller's map alone: %v", err)
	}
}

func TestMetadataIsText(t *testing.T) {
	for _, meta := range []map[string]string{{"k": "\xff"}, {"\xff": "v"}} {
		if err := (&File{Meta: meta}).Encode(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "not valid UTF-8") {
			t.Errorf("%q: error %v", meta, err)
		}
	}
}

func TestJSON(t *testing.T) {
	type config struct {
		Width int
		Act   string
	}
	var f File
	if err := f.SetJSON("config", map[string]int{"Width": 3}); err != nil {
		t.Fatal(err)
	}
	c := config{Width: 1, Act: "silu"}
	if err := f.JSON("config", &c); err != nil || c != (config{3, "silu"}) {
		t.Errorf("decoded onto defaults: %+v, %v", c, err)
	}
	f.Meta["typo"] = `{"Widht": 3}`
	f.Meta["two"] = `{} {}`
	for key, why := range map[string]string{"typo": "Widht", "two": "follows", "none": "no metadata"} {
		if err := f.JSON(key, &c); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: error %v, want one with %q", key, err, why)
		}
	}
	if f.SetJSON("chan", make(chan int)) == nil {
		t.Error("a channel was stored")
	}
}

func TestInfo(t *testing.T) {
	for _, want := range []Info{{}, goldenInfo, {Architecture: `"quoted"`, Step: 1 << 60}} {
		var f File
		if err := f.SetInfo(want); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Info(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	if got, err := new(File).Info(); err != nil || !reflect.DeepEqual(got, Info{}) {
		t.Errorf("a file without metadata: %+v, %v", got, err)
	}
	f := File{Meta: map[string]string{"step": "many"}}
	if _, err := f.Info(); err == nil {
		t.Error("a step that is not a number was read")
	}
	if err := f.SetInfo(Info{Config: json.RawMessage("{")}); err == nil {
		t.Error("broken JSON was stored")
	}
}
