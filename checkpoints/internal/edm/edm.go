// Package edm reads network snapshots of EDM: modules that NVIDIA's persistence pickles, by the names of their state_dict.
package edm

import (
	"fmt"
	"io"
	"slices"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
	"tweedie/checkpoints/internal/torch"
	"tweedie/checkpoints/internal/tree"
)

// Read reads a network snapshot of EDM: one pickle, {"ema": module, "loss_fn": object, ...}, whose modules lie there
// as dicts of what they hold and whose storages are complete streams of torch, each in a bytes object. Format is "pickle" when
// there are no such modules in it.
func Read(r io.ReaderAt, size int64) (*store.Contents, error) {
	c, err := read(r, size)
	if err != nil {
		err = fmt.Errorf("this is a Python pickle without torch's magic number, and no network snapshot of EDM that could be read: %w", err)
	}
	return c, err
}

func read(r io.ReaderAt, size int64) (*store.Contents, error) {
	tr := torch.NewReader(size)
	d := pickle.NewDecoder(r, size)
	format := "pickle"
	d.Table, d.Foreign = tr.Table(), true
	d.Table[reconstruct] = pickle.Maker{Reduce: func(args []any) (any, error) {
		format = "edm"
		return persistentObject(args)
	}}
	d.Table[pickle.Global{Module: "torch.storage", Name: "_load_from_bytes"}] = pickle.Maker{Reduce: tr.Nested}
	object, err := d.Decode()
	if err != nil {
		return nil, err
	}
	if left := size - d.Offset(); left > 0 {
		return nil, fmt.Errorf("%d bytes follow the pickle", left)
	}
	return tr.Contents(format, object)
}

// Modules is what makes EDM's modules where they lie in a file of torch.
func Modules() pickle.Table {
	return pickle.Table{reconstruct: pickle.Maker{Reduce: persistentObject}}
}

// persistenceVersion is that of the persistence module.
const persistenceVersion = 6

// knownModules are the classes with parameters whose tensors mean what EDM's code says.
var knownModules = []string{
	"EDMPrecond", "VPPrecond", "VEPrecond", "iDDPMPrecond", "SongUNet", "DhariwalUNet",
	"UNetBlock", "Linear", "Conv2d", "GroupNorm", "PositionalEmbedding", "FourierEmbedding",
}

// notEDM says that a class is not known. EDM's parts are its own, in containers of torch.
func notEDM(class string) string {
	return fmt.Sprintf("of the class %.200q, which is none of EDM's networks; known are %q", class, knownModules)
}

// reconstruct is the function that makes EDM's modules: persistent objects.
var reconstruct = pickle.Global{Module: "torch_utils.persistence", Name: "_reconstruct_persistent_obj"}

// persistentObject reads {"type": "class", "version": 6, "class_name": ..., "state": dict, "module_src": ...}. The source text is
// not looked at.
func persistentObject(args []any) (any, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("%d arguments, want 1", len(args))
	}
	meta, ok := args[0].(*pickle.Dict)
	if !ok {
		return nil, fmt.Errorf("%s, want a dict", pickle.Kind(args[0]))
	}
	kind, _ := meta.Get("type")
	version, _ := meta.Get("version")
	if kind != "class" || version != int64(persistenceVersion) {
		return nil, fmt.Errorf("type %s and version %s, want \"class\" and %d", pickle.Short(kind), pickle.Short(version), persistenceVersion)
	}
	name, _ := meta.Get("class_name")
	class, ok := name.(string)
	given, _ := meta.Get("state")
	state, ok2 := given.(*pickle.Dict)
	if !ok || !ok2 {
		return nil, fmt.Errorf("class_name %s and a state that is %s, want a str and a dict", pickle.Short(name), pickle.Kind(given))
	}
	m := &tree.Module{Class: class, State: state, Parts: notEDM}
	if _, params := state.Get("_parameters"); params && !slices.Contains(knownModules, class) {
		m.Why = notEDM(class)
	}
	return m, nil
}
