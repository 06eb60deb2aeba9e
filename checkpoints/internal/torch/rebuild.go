package torch

import (
	"fmt"
	"slices"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/tree"
)

// rebuilds are torch's functions that make tensors.
var rebuilds = map[pickle.Global]func(args []any) (any, error){
	{Module: "torch._utils", Name: "_rebuild_tensor"}:                              rebuildTensor,
	{Module: "torch._utils", Name: "_rebuild_tensor_v2"}:                           rebuildTensor,
	{Module: "torch._utils", Name: "_rebuild_tensor_v3"}:                           rebuildTyped,
	{Module: "torch._utils", Name: "_rebuild_parameter"}:                           rebuildParameter,
	{Module: "torch._utils", Name: "_rebuild_parameter_with_state"}:                rebuildParameter,
	{Module: "torch._utils", Name: "_rebuild_device_tensor_from_numpy"}:            rebuildParameter,
	{Module: "torch._utils", Name: "_rebuild_device_tensor_from_cpu_tensor"}:       rebuildParameter,
	{Module: "torch._utils", Name: "_rebuild_xla_tensor"}:                          rebuildParameter,
	{Module: "torch.nn.parameter", Name: "Parameter"}:                              rebuildParameter,
	{Module: "torch.nn.parameter", Name: "Buffer"}:                                 rebuildParameter,
	{Module: "torch._utils", Name: "_rebuild_sparse_tensor"}:                       refuse("that is sparse (save tensor.to_dense())"),
	{Module: "torch._utils", Name: "_rebuild_sparse_csr_tensor"}:                   refuse("that is sparse (save tensor.to_dense())"),
	{Module: "torch._utils", Name: "_rebuild_qtensor"}:                             refuse("that is quantised (save tensor.dequantize())"),
	{Module: "torch._utils", Name: "_rebuild_nested_tensor"}:                       refuse("that is nested (save tensor.unbind())"),
	{Module: "torch._utils", Name: "_rebuild_meta_tensor_no_storage"}:              refuse("that is on the device meta, without values"),
	{Module: "torch._utils", Name: "_rebuild_wrapper_subclass"}:                    refuse("of a class of tensors that holds others"),
	{Module: "torch.distributed.tensor", Name: "DTensor"}:                          refuse("that is one process's part of a tensor (save full_tensor())"),
	{Module: "torch.distributed._tensor.api", Name: "DTensor"}:                     refuse("that is one process's part of a tensor (save full_tensor())"),
	{Module: "torch.distributed._shard.sharded_tensor.api", Name: "ShardedTensor"}: refuse("that is one process's part of a tensor (save the full state_dict)"),
}

// refuse makes a tensor that cannot be read.
func refuse(why string) func([]any) (any, error) {
	return func([]any) (any, error) { return &tree.Refused{Why: why}, nil }
}

// rebuildFromType reads (function, class of tensors, its arguments, attributes): a tensor of a class of somebody's own is
// read as the function stores it.
func rebuildFromType(args []any) (any, error) {
	if len(args) != 4 {
		return nil, fmt.Errorf("%d arguments", len(args))
	}
	name, _ := args[0].(pickle.Global)
	inner, ok := args[2].(*pickle.Tuple)
	if !ok {
		return nil, fmt.Errorf("arguments that are %s", pickle.Kind(args[2]))
	}
	if rebuild := rebuilds[name]; rebuild != nil {
		return rebuild(inner.Items)
	}
	return &tree.Refused{Why: "made by " + pickle.Short(args[0]) + ", which is not read"}, nil
}

// layout reads "torch.strided".
func layout(args []any) (any, error) {
	if len(args) == 1 {
		if name, ok := args[0].(string); ok && slices.Contains([]string{"torch.strided", "torch.sparse_coo", "torch.sparse_csr", "torch.sparse_csc", "torch.sparse_bsr", "torch.sparse_bsc", "torch.jagged"}, name) {
			return name, nil
		}
	}
	return nil, fmt.Errorf("a layout that is not one of torch's")
}

func sizeOf(args []any) (any, error) {
	if len(args) == 1 {
		if t, ok := args[0].(*pickle.Tuple); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("a size that is no tuple")
}

// device reads ("cuda", 0) and becomes the string cuda:0.
func device(args []any) (any, error) {
	if len(args) == 1 || len(args) == 2 {
		if name, ok := args[0].(string); ok {
			if n, ok := args[len(args)-1].(int64); ok {
				return fmt.Sprintf("%s:%d", name, n), nil
			}
			return name, nil
		}
	}
	return nil, fmt.Errorf("a device that is no string")
}
