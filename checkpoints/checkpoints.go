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

import "fmt"

// DType names the element type of a stored tensor, in the words of safetensors.
type DType uint8

// The element types that can be read and written.
const (
	F64 DType = iota + 1
	F32
	F16
	BF16
	I64
	I32
	I16
	I8
	U64
	U32
	U16
	U8
	BOOL
	F8E4M3 // torch's float8_e4m3fn: 1 sign, 4 exponent, 3 mantissa bits, no infinities
	F8E5M2 // the upper half of an F16
)

// dtypes holds, for each DType, its name and how numpy calls it: kind and bytes (BF16 and the F8 have no such name).
var dtypes = [...]struct {
	name string
	kind byte
	size int
}{
	F64: {"F64", 'f', 8}, F32: {"F32", 'f', 4}, F16: {"F16", 'f', 2}, BF16: {"BF16", 0, 2},
	I64: {"I64", 'i', 8}, I32: {"I32", 'i', 4}, I16: {"I16", 'i', 2}, I8: {"I8", 'i', 1},
	U64: {"U64", 'u', 8}, U32: {"U32", 'u', 4}, U16: {"U16", 'u', 2}, U8: {"U8", 'u', 1}, BOOL: {"BOOL", 'b', 1},
	F8E4M3: {"F8_E4M3", 0, 1}, F8E5M2: {"F8_E5M2", 0, 1},
}

func (d DType) valid() bool { return d >= F64 && d <= F8E5M2 }

// String returns the name used in files, such as F32.
func (d DType) String() string {
	if !d.valid() {
		return fmt.Sprintf("DType(%d)", uint8(d))
	}
	return dtypes[d].name
}

// Size returns the number of bytes of an element. It panics when d is none of the constants.
func (d DType) Size() int {
	if !d.valid() {
		panic(fmt.Sprintf("checkpoints: Size of %v", d))
	}
	return dtypes[d].size
}

// IsFloat reports whether d is F64, F32, F16, BF16, F8E4M3 or F8E5M2.
func (d DType) IsFloat() bool { return d >= F64 && d <= BF16 || d >= F8E4M3 && d <= F8E5M2 }

// dtypeNamed returns the type of that name, 0 when there is none.
func dtypeNamed(name string) DType {
	for d := F64; d.valid(); d++ {
		if dtypes[d].name == name {
			return d
		}
	}
	return 0
}
