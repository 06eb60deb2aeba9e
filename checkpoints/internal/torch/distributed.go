package torch

import (
	"slices"
	"strings"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/tree"
)

// wrapperSubclass makes tensors of classes that hold others.
var wrapperSubclass = pickle.Global{Module: "torch._utils", Name: "_rebuild_wrapper_subclass"}

// onePart is why a DTensor is not read.
const onePart = "that is one process's part of a tensor (save full_tensor())"

// distributed reads a DTensor, (class, element type, size, ...) with the slots _local_tensor and _spec, of placements: the part
// that one process has, which is the whole when it has the size of the whole, as where there is one process or each has a copy.
func distributed(args []any, state any) any {
	if len(args) < 3 {
		return &tree.Refused{Why: "of a class of tensors that holds others"}
	}
	class, _ := args[0].(pickle.Global)
	size, ok := args[2].(*pickle.Tuple)
	if class.Name != "DTensor" || !ok {
		return &tree.Refused{Why: "of a class of tensors that holds others"}
	}
	var local, spec any
	for _, held := range (&pickle.Object{State: state}).Attributes() {
		if v, ok := held.Get("_local_tensor"); ok {
			local = v
		}
		if v, ok := held.Get("_spec"); ok {
			spec = v
		}
	}
	t, ok := local.(*tree.Tensor)
	if !ok || summed(spec) {
		return &tree.Refused{Why: onePart}
	}
	shape := t.Of.Shape
	if t.Of.Complex {
		shape = shape[:len(shape)-1]
	}
	if !slices.EqualFunc(size.Items, shape, func(a any, b int) bool { return a == int64(b) }) {
		return &tree.Refused{Why: onePart}
	}
	return t
}

// summed reports whether the parts of all processes would have to be added up.
func summed(spec any) bool {
	o, ok := spec.(*pickle.Object)
	if !ok {
		return true
	}
	for _, d := range o.Attributes() {
		if v, _ := d.Get("placements"); v != nil {
			t, ok := v.(*pickle.Tuple)
			return !ok || slices.ContainsFunc(t.Items, func(p any) bool {
				o, ok := p.(*pickle.Object)
				return !ok || strings.Contains(o.Class.Name, "Partial")
			})
		}
	}
	return true
}
