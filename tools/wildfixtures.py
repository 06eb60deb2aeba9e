"""Writes checkpoints/internal/torch/testdata/wild: small files as published ones are, saved by torch and numpy.

    python3 tools/wildfixtures.py checkpoints/internal/torch/testdata/wild        (torch 2.4.1, numpy 2.4.6, jax 0.10.2)

objects.pt     weights, and beside them objects of many classes
types.pt       tensors of every element type and layout, in an archive; types_legacy.pt in a stream
module.pt      a module pickled whole; module_legacy.pt in a stream
protocol5.pt   numpy arrays as protocol 5 stores them
arrays.pkl     a pickle of arrays without torch, as Haiku's parameters are
expect.json    the numbers that readers should find
"""
import argparse, collections, dataclasses, datetime, enum, functools, json, pathlib, pickle, sys, types

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import torch

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)


def foreign(name, **members):
    """A module that readers do not have."""
    m = types.ModuleType(name)
    for parent in [name[:i] for i, c in enumerate(name) if c == "."]:
        sys.modules.setdefault(parent, types.ModuleType(parent)).__path__ = []
    sys.modules[name] = m
    for k, v in members.items():
        v.__module__, v.__qualname__ = name, k
        setattr(m, k, v)
    return m


class Mode(enum.Enum):
    SMALL = "small"


@dataclasses.dataclass
class Config:
    width: int = 32
    names: tuple = ("a", "b")


class Slotted:
    __slots__ = ("depth",)


class Names(list):
    pass


class Attributes(dict):
    pass


class Point(collections.namedtuple("Point", "mu nu")):
    pass


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.width = 4
        self.conv = torch.nn.Conv2d(1, 2, 3)
        self.body = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.BatchNorm1d(2))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)
        self.register_parameter("none", None)


class Tagged(torch.Tensor):
    pass


def activation(x):
    return x


foreign("project.models", Mode=Mode, Config=Config, Slotted=Slotted, Names=Names, Attributes=Attributes, Point=Point, Net=Net,
        Tagged=Tagged, activation=activation)

weights = collections.OrderedDict(w=torch.arange(6.0).reshape(2, 3), b=torch.tensor([1.5, -2.0]))
slotted = Slotted()
slotted.depth = 3
counts = collections.defaultdict(list)
counts["a"].append(1)
tree = collections.defaultdict(functools.partial(dict))
attributes = Attributes(lr=0.5)
attributes.note = "x"
numbers = np.random.RandomState(3)
object_array = np.array(["a", None, 2], dtype=object)
torch.manual_seed(0)
objects = {
    "state_dict": weights,
    "hyper_parameters": {
        "path": pathlib.PosixPath("/data/sets/ffhq"), "windows": pathlib.PureWindowsPath("C:\\data\\x"), "pure": pathlib.PurePosixPath("a/b"),
        "counts": counts, "tree": tree, "counter": collections.Counter(a=2), "ordered": collections.OrderedDict(z=1), "deque": collections.deque([1, 2], 5),
        "datetime": datetime.datetime(2024, 2, 29, 12, 30, 1, 250), "aware": datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc),
        "date": datetime.date(2023, 12, 1), "time": datetime.time(7, 5), "delta": datetime.timedelta(days=1, seconds=2),
        "partial": functools.partial(activation, 1, k=2), "function": activation, "torch_function": torch.nn.functional.relu, "class": Net,
        "mode": Mode.SMALL, "range": range(1, 10, 2), "slice": slice(1, None), "complex": 1 + 2j, "config": Config(), "namespace": argparse.Namespace(lr=0.1),
        "slotted": slotted, "names": Names(["p", "q"]), "attributes": attributes, "point": Point(1, {"x": 2}), "network": Net(),
        "bytearray": bytearray(b"ab"), "frozen": frozenset([1]), "ellipsis": ..., "none_type": type(None),
    },
    "numpy": {
        "text": np.array(["ab", "cde"]), "bytes": np.array([b"x", b"yz"]), "objects": object_array, "str_": np.str_("hi"), "float32": np.float32(1.5),
        "int64": np.int64(-3), "bool_": np.bool_(True), "complex": np.array([1 + 2j, 3], dtype=np.complex64), "complex_scalar": np.complex128(1j),
        "when": np.array(["2024-01-01"], dtype="datetime64[D]"), "record": np.zeros(2, dtype=[("a", "f4"), ("b", "i2")]),
        "dtype": np.dtype("float32"), "generator": np.random.default_rng(3), "state": numbers, "array": np.arange(3, dtype=np.uint16),
    },
    "optimizer": torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))]),
    "device": torch.device("cuda:1"), "dtype": torch.float16, "layout": torch.strided, "storage": torch.FloatStorage([1.0, 2.0]),
    "generator": torch.get_rng_state()[:8].clone(),
}
torch.save(objects, out / "objects.pt")
torch.save(objects, out / "objects_protocol4.pt", pickle_protocol=4)

parameter = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
parameter.tag = "x"
tagged = torch.tensor([5.0, 6.0]).as_subclass(Tagged)
tagged.note = "y"
plain = {
    "f8_e4m3fn": torch.tensor([0.0, -0.5, 448.0, 0.001953125]).to(torch.float8_e4m3fn),
    "f8_e5m2": torch.tensor([0.0, -0.5, 57344.0, 1.52587890625e-05]).to(torch.float8_e5m2),
    "u16": torch.tensor([1, 65535]).to(torch.uint16), "u32": torch.tensor([1, 2**32 - 1]).to(torch.uint32),
    "u64": torch.tensor([1, 2**62]).to(torch.uint64),
    "c64": torch.tensor([[1 + 2j, 3 - 4j], [5j, 6]], dtype=torch.complex64).t(), "c128": torch.tensor([1.5 - 2.5j], dtype=torch.complex128),
    "c32": torch.tensor([1.5 - 2.5j], dtype=torch.complex32),
    "parameter": torch.nn.Parameter(torch.tensor([1.0, 2.0])), "parameter_state": parameter, "tagged": tagged, "f32": torch.arange(3.0),
    "bf16": torch.tensor([1.5]).to(torch.bfloat16),
}
refused = {
    "f8_e4m3fnuz": torch.tensor([0.0, -0.5, 240.0, 0.0009765625]).to(torch.float8_e4m3fnuz),
    "conjugate": torch.tensor([1 + 2j]).conj(), "negative": torch.tensor([1 + 2j]).conj().imag,
    "sparse": torch.eye(2).to_sparse(), "csr": torch.eye(2).to_sparse_csr(), "meta": torch.empty(2, 3, device="meta"),
    "quantised": torch.quantize_per_tensor(torch.tensor([1.0, 2.0]), 0.5, 0, torch.qint8),
    "quantised_channels": torch.quantize_per_channel(torch.ones(2, 2), torch.tensor([0.5, 0.5]), torch.tensor([0, 0]), 0, torch.quint8),
}
dtypes = torch.storage._new_dtypes()  # with those of later versions
torch.storage._new_dtypes = lambda: dtypes | {torch.uint16, torch.uint32, torch.uint64}
torch.save({**plain, **refused}, out / "types.pt")
torch.save(plain, out / "types_legacy.pt", _use_new_zipfile_serialization=False)

torch.serialization.get_source_lines_and_file = lambda obj: (["source text\n"], 0, "file.py")  # not that of torch
net = Net()
torch.save(net, out / "module.pt")
torch.save(net, out / "module_legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"model": torch.nn.DataParallel(net), "epoch": 3}, out / "module_parallel.pt")

arrays = {"f": np.arange(6, dtype="f4").reshape(2, 3), "fortran": np.asfortranarray(np.arange(6, dtype="f8").reshape(2, 3)),
          "big": np.arange(2, dtype=">i4"), "empty": np.zeros((0, 2), "f4"), "scalar": np.float64(2.5), "frozen": np.frombuffer(bytes([1, 0, 2, 0]), dtype="u2")}
torch.save({"w": weights["w"], "arrays": arrays, "raw": bytearray(b"xyz")}, out / "protocol5.pt", pickle_protocol=5)


haiku = {
    "unet/~/conv2_d": {"w": np.ones((3, 3, 1, 2), "f4"), "b": np.zeros(2, "f4")},
    "unet/~/linear": {"w": jnp.arange(2, dtype="float32"), "b": jnp.array([1.5, -2], dtype="bfloat16"), "s": np.ones((2, 2), ml_dtypes.float8_e4m3fn)},
}
(out / "arrays.pkl").write_bytes(pickle.dumps(haiku, protocol=4))


def lists(t):
    t = t.detach()
    if t.is_complex():
        t = torch.view_as_real(t)
    t = t.to(torch.float64).contiguous()
    return {"shape": list(t.shape), "data": t.reshape(-1).tolist()}


expect = {
    "types": {k: lists(v.as_subclass(torch.Tensor)) for k, v in plain.items()},
    "module": {k: lists(v) for k, v in net.state_dict().items()},
    "protocol5": {"arrays." + k: lists(torch.tensor(np.array(v, dtype="f8"))) for k, v in arrays.items() if k != "scalar"},
}
(out / "expect.json").write_text(json.dumps(expect, indent=1, sort_keys=True) + "\n")
