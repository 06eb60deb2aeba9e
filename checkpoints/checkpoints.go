// Package checkpoints keeps named tensors on disk.
//
// The native format is safetensors, which Python reads as it is:
//
//	file   = N (uint64, little-endian)  header (N bytes of JSON)  buffer
//	header = {"__metadata__": {string: string}, "name": {"dtype": "F32", "shape": [2,3], "data_offsets": [b, e]}, ...}
//	tensor = buffer[b:e], little-endian, row-major;   e - b = itemsize * prod(shape)
//
// sorted by b, the tensors tile the buffer: no hole, no overlap, nothing left over. The metadata of a file written here
// carries format_version and what Info holds: architecture, config, schedule, data range, step, whether the weights are
// averages, provenance. A file may be wrapped in zstd as a whole. Numpy's npy and npz are read and written too.
//
// What torch.save writes is read as data: the pickle is interpreted, nothing in it is imported or called. A tensor of it
// is a view of a storage, which stays in the file; read, it is row-major like any other:
//
//	x[i0, i1, ...] = storage[offset + i0 * stride0 + i1 * stride1 + ...]          strides are arbitrary, 0 repeats
//	{"ema": {"shadow_params": [x, y]}, "step": 7}  ->  tensors ema.shadow_params.0 and .1, and a Value called step
//
// Beside its tensors a file may hold objects of any class. They are put down by name and never made; a module is listed by
// the names of its state_dict. A tensor that cannot be read, being sparse, quantised, or made by a class of somebody's own,
// does not stand in the way of the others: it is a Value that says so, and asking for it by name is an error that says why.
//
// In the same way are read: network snapshots of EDM, modules that NVIDIA's persistence pickles, by the names of their
// state_dict; flax's msgpack, by the keys of its maps; images and binary tables of FITS, by EXTNAME and TTYPE; and the
// folders of diffusers. EMAList names the averages of score_sde, which are a list.
//
//	f, err := checkpoints.Open("prior.safetensors")      detects the format by content, reads the header only
//	err = checkpoints.Load(f, network.Params(), checkpoints.LoadOptions{})
//
// Nothing in a file is trusted: sizes are multiplied with overflow checks and compared with the bytes at hand before
// memory is taken, names are printed quoted and never used as paths, a name that appears twice is an error, and what a
// file expands to, by compression or by sharing, is bounded by its size. Load changes either every parameter or none.
//
// Files are written beside their place and renamed onto it, with both file and folder synchronised: after a crash there
// is the old file or the new one, whole.
package checkpoints

import "tweedie/checkpoints/internal/store"

// Tensor holds a named array. The elements of one that was read from a file stay there until asked for, and each access
// reads them again: by Float32s, ReadFloat32s, Float64s, Int64s or Bytes. Permute turns its axes.
type Tensor = store.Tensor

// Value holds something in a file besides its tensors: a step, a learning rate, an argument of the training program. V
// is nil, a bool, int64, *big.Int, float64, string or []byte, or a []any of these.
type Value = store.Value

// DType names the element type of a stored tensor, in the words of safetensors, which its String returns. Size is the bytes
// of an element; IsFloat tells floats from integers and booleans.
type DType = store.DType

// The element types that can be read and written.
const (
	F64    = store.F64
	F32    = store.F32
	F16    = store.F16
	BF16   = store.BF16
	I64    = store.I64
	I32    = store.I32
	I16    = store.I16
	I8     = store.I8
	U64    = store.U64
	U32    = store.U32
	U16    = store.U16
	U8     = store.U8
	BOOL   = store.BOOL
	F8E4M3 = store.F8E4M3 // torch's float8_e4m3fn: 1 sign, 4 exponent, 3 mantissa bits, no infinities
	F8E5M2 = store.F8E5M2 // the upper half of an F16
)

// FromFloat32 returns a tensor of type F32 over data, which is not copied.
func FromFloat32(name string, shape []int, data []float32) *Tensor {
	return store.FromFloat32(name, shape, data)
}

// FromFloat64 returns a tensor of type F64 over data, which is not copied.
func FromFloat64(name string, shape []int, data []float64) *Tensor {
	return store.FromFloat64(name, shape, data)
}

// FromInt64 returns a tensor of type I64 over data, which is not copied.
func FromInt64(name string, shape []int, data []int64) *Tensor {
	return store.FromInt64(name, shape, data)
}

// FromBytes returns a tensor over little-endian row-major elements, which are not copied. A state that is not an array
// of numbers, such as that of a random stream, is stored as U8.
func FromBytes(name string, d DType, shape []int, data []byte) *Tensor {
	return store.FromBytes(name, d, shape, data)
}
