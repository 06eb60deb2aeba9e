package checkpoints

import (
	"fmt"
	"io"
	"slices"

	"tweedie/checkpoints/internal/pickle"
)

// readEDM reads a network snapshot of EDM: one pickle, {"ema": module, "loss_fn": object, ...}, whose modules lie there
// as dicts of what they hold and whose storages are complete legacy streams, each in a bytes object.
func readEDM(r io.ReaderAt, size int64) (*File, error) {
	tr := &torchReader{size: size, storages: map[string]*storage{}}
	d := pickle.NewDecoder(r, size)
	d.Table, d.Foreign = tr.moduleTable(), true
	nested := map[*pickle.Bytes]*storage{}
	d.Table[pickle.Global{Module: "torch.storage", Name: "_load_from_bytes"}] = pickle.Maker{Reduce: func(args []any) (any, error) {
		return tr.nested(nested, args)
	}}
	object, err := d.Decode()
	if err != nil {
		return nil, err
	}
	if left := size - d.Offset(); left > 0 {
		return nil, fmt.Errorf("%d bytes follow the pickle", left)
	}
	if !tr.persistence {
		return tr.file("pickle", object)
	}
	return tr.file("edm", object)
}

// maxNested limits the pickles of a storage in bytes, which take some 240.
const maxNested = 4096

// nested reads the storage in a bytes object, whose elements stay in the file. There is nothing nested within.
func (tr *torchReader) nested(seen map[*pickle.Bytes]*storage, args []any) (any, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("%d arguments, want 1", len(args))
	}
	b, ok := args[0].(*pickle.Bytes)
	if !ok {
		return nil, fmt.Errorf("%s, want bytes", pickle.Kind(args[0]))
	}
	if s := seen[b]; s != nil {
		return s, nil
	}
	inner, object, err := legacyStream(b, b.Size(), min(b.Size(), maxNested), false)
	if err != nil {
		return nil, err
	}
	s, ok := object.(*storage)
	if !ok || len(inner.storages) != 1 {
		return nil, fmt.Errorf("%s with %d storages, want one storage", pickle.Kind(object), len(inner.storages))
	}
	seen[b] = s
	tr.storages[fmt.Sprintf("nested %d", len(tr.storages))] = s
	return s, nil
}

// module is a network or a part of one: a dict of what it holds.
type module struct {
	class string // as EDM names it; "" of another module
	torch string // the class of another module
	state *pickle.Dict
	why   string // why its tensors cannot be read; "" when they can
}

// persistenceVersion is that of the persistence module.
const persistenceVersion = 6

// knownModules are the classes with parameters whose tensors mean what EDM's code says.
var knownModules = []string{
	"EDMPrecond", "VPPrecond", "VEPrecond", "iDDPMPrecond", "SongUNet", "DhariwalUNet",
	"UNetBlock", "Linear", "Conv2d", "GroupNorm", "PositionalEmbedding", "FourierEmbedding",
}

// notEDM says that a class is not known.
func notEDM(class string) string {
	return fmt.Sprintf("of the class %.200q, which is none of EDM's networks; known are %q", class, knownModules)
}

// moduleTable is table and the function that makes EDM's modules: persistent objects, from {"type": "class", "version": 6,
// "class_name": ..., "state": dict, "module_src": ...}. The source text is not looked at.
func (tr *torchReader) moduleTable() pickle.Table {
	t := tr.table()
	t[pickle.Global{Module: "torch_utils.persistence", Name: "_reconstruct_persistent_obj"}] = pickle.Maker{Reduce: func(args []any) (any, error) {
		tr.persistence = true
		return persistentObject(args)
	}}
	return t
}

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
	m := &module{class: class, state: state}
	if _, params := state.Get("_parameters"); params && !slices.Contains(knownModules, class) {
		m.why = notEDM(class)
	}
	return m, nil
}
