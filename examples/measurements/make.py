"""Makes the measurements of docs/measurements.md: a folder for each, with its files and a problem.json beside them.

    python3 make.py TRUTH28.npy TRUTH8.npy FOLDER

TRUTH28.npy and TRUTH8.npy are what 'tweedie sample' wrote with the priors fashion28 and digits8.
"""

import json
import sys
from pathlib import Path

import numpy as np
import scipy.ndimage
import scipy.sparse

clothes, digits = (np.clip(np.load(path)[:, 0], 0, 1) for path in sys.argv[1:3])
root = Path(sys.argv[3])
random = np.random.default_rng(1)


def measurement(name, prior, operator, noise, truth, **files):
    """Writes the files and the problem that names them; with sigma alone noise is added to the array y here."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    if noise.get("kind") == "gaussian" and "sigma" in noise:
        y = files["y"]
        files["y"] = y + noise["sigma"] * random.standard_normal(y.shape)
        if np.iscomplexobj(y):
            files["y"] = (files["y"] + 1j * noise["sigma"] * random.standard_normal(y.shape)).astype("complex64")
    for stem, array in files.items():
        np.save(folder / f"{stem}.npy", array)
    np.save(folder / "truth.npy", truth)  # to look at afterwards; no problem names it
    problem = dict(prior=prior, operator=operator, noise=noise, data="y.npy", samples=16, seed=1)
    (folder / "problem.json").write_text(json.dumps(problem, indent=1) + "\n")
    return folder


def gaussian(sigma):
    return {"kind": "gaussian", "sigma": sigma}


def mask():
    x = clothes[0]
    seen = random.random(x.shape) < 0.4
    measurement("mask", "fashion28", {"kind": "inpaint", "keep": "mask.npy"}, gaussian(0.05), x, y=x[seen], mask=seen)


def psf(name, rows, cols):
    """A comet: a core and a tail, of a sum of 1. scipy.ndimage.convolve has its centre at [rows//2, cols//2], as blur has."""
    x = clothes[1]
    i, j = np.mgrid[:rows, :cols]
    h = np.exp(-((i - rows // 2) ** 2 + (j - cols // 2) ** 2) / 2) + 0.3 * np.exp(-np.abs(i - j)) * (i >= rows // 2)
    h /= h.sum()
    y = scipy.ndimage.convolve(x, h, mode="constant")
    measurement(name, "fashion28", {"kind": "blur", "psf": "psf.npy", "boundary": "zero"}, gaussian(0.05), x, y=y, psf=h)


def tomograph(side, angles, bins, width):
    """The matrix of parallel beams of bins of a width in pixels: each quarter of a pixel counts for the two nearest bins."""
    at = np.arange(2 * side) / 2 - (2 * side - 1) / 4
    t = np.deg2rad(angles)[:, None, None]
    place = (at * np.cos(t) + at[:, None] * np.sin(t)) / width + (bins - 1) / 2
    low = np.floor(place).astype(int)
    A = np.zeros((len(angles), bins + 2, side, side))
    k, i, j = np.indices(low.shape)
    for bin_, weight in ((low, low + 1 - place), (low + 1, place - low)):
        np.add.at(A, (k, np.clip(bin_, -1, bins) + 1, i // 2, j // 2), weight / 4)
    return A[:, 1:-1].reshape(-1, side * side)


def radon():
    """Twenty angles of 24 detectors. The last two angles see what the first two see, and four readings are dead."""
    x = clothes[5]
    A = tomograph(28, 10 * np.arange(20), 24, 1.38)
    A[[100, 200, 300, 400]] = 0
    y = A @ x.ravel()
    measurement("radon", "fashion28", {"kind": "dense", "matrix": "A.npy"}, gaussian(0.2), x, y=y, A=A)
    sparse = measurement("radon-sparse", "fashion28", {"kind": "sparse", "matrix": "A.npz"}, gaussian(0.2), x, y=y)
    scipy.sparse.save_npz(sparse / "A.npz", scipy.sparse.csr_array(A))


def kspace():
    """The low frequencies and some others; fft2 with norm="ortho" is what dft computes."""
    x = clothes[3]
    f = np.fft.fftfreq(28) * 28
    pattern = (np.hypot(f, f[:, None]) < 4) | (random.random(x.shape) < 0.25)
    y = np.fft.fft2(x, norm="ortho")[pattern]
    measurement("kspace", "fashion28", {"kind": "dft", "pattern": "pattern.npy"}, gaussian(0.05), x, y=y, pattern=pattern)


def counts():
    """A camera that makes 2 of each photon, 8 photons at the brightest pixel, and half a photon of background."""
    x = clothes[7]
    h = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    gain, bright, dark = 2.0, 8.0, 0.5
    clean = gain * bright * scipy.ndimage.convolve(x, h, mode="constant")
    y = gain * random.poisson(clean / gain + dark)
    blur = {"kind": "blur", "psf": "psf.npy", "boundary": "zero"}
    measurement("counts", "fashion28", {"kind": "scale", "factor": gain * bright, "op": blur},
                {"kind": "poisson", "gain": gain, "background": gain * dark}, x, y=y, psf=h)


def sigmas():
    """A detector that is worse towards its right edge, with dead pixels, of which the deviation says nothing."""
    x = clothes[4]
    sigma = np.broadcast_to(np.linspace(0.03, 0.4, 28), x.shape).copy()
    y = x + sigma * random.standard_normal(x.shape)
    y[random.random(x.shape) < 0.1] = np.nan
    measurement("sigmas", "fashion28", {"kind": "identity"}, {"kind": "gaussian", "sigmas": "sigma.npy"}, x, y=y, sigma=sigma)


def phase():
    x = digits[1]
    magnitude = np.abs(np.fft.fft2(x, s=(16, 16), norm="ortho"))
    measurement("phase", "digits8", {"kind": "fourier-magnitude", "oversample": 2}, gaussian(0.02), x, y=magnitude)
    masks = np.exp(2j * np.pi * random.random((4, 8, 8)))
    magnitudes = np.abs(np.fft.fft2(masks * x, norm="ortho"))
    measurement("coded", "digits8", {"kind": "coded-diffraction", "masks": "masks.npy"}, gaussian(0.02), x,
                y=magnitudes, masks=masks)


def program():
    """The matrix again, but as a program that is asked for products with it."""
    x = clothes[5]
    A = tomograph(28, 12 * np.arange(15), 40, 1)
    folder = measurement("program", "fashion28", {"kind": "external", "command": ["python3", "forward.py"]}, gaussian(0.2), x,
                         y=A @ x.ravel(), A=A)
    (folder / "forward.py").write_text(Path(__file__).with_name("forward.py").read_text())


if __name__ == "__main__":
    mask()
    psf("psf-odd", 7, 7)
    psf("psf-even", 6, 4)
    radon()
    kspace()
    counts()
    sigmas()
    phase()
    program()
