package opcheck

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/floats"
)

const (
	sameKernel   = 1e-3 // relative difference up to which the responses to two points are one kernel
	sumOff       = 0.02 // relative, from which on a sum is told of
	centroidOff  = 0.5  // pixels
	lopsidedness = 0.05 // relative difference of a kernel from itself, turned by half a turn
)

// kernel tells, for a linear operator from images to images of the same shape that moves with the image, what its point
// spread function is like where that is not what one would think: a sum other than 1, a centroid off the pixel, no symmetry.
func (e *examination) kernel() {
	dims := e.op.InShape().Dims(nil)
	if !e.Report.Linear || e.op.InShape() != e.op.OutShape() || len(dims) < 2 || len(e.Responses) < 2 {
		return
	}
	h, w := dims[len(dims)-2], dims[len(dims)-1]
	r := e.Responses[0]
	if h*w < 9 || !moves(r, e.Responses[1], h, w) {
		return
	}
	from := r.Pixel - r.Pixel%(h*w) // of the plane that has the point
	plane := r.Measured[from : from+h*w]
	row, col := r.Pixel%(h*w)/w, r.Pixel%w
	sum, mass, down, right, odd := floats.Sum(plane), 0., 0., 0., 0.
	for i, v := range plane {
		a, dr, dc := math.Abs(v), i/w-row, i%w-col
		mass, down, right = mass+a, down+a*float64(dr), right+a*float64(dc)
		if turned, ok := at(plane, row-dr, col-dc, h, w); ok {
			odd += math.Abs(v - turned)
		} else {
			odd += a
		}
	}
	if mass == 0 {
		return
	}
	down, right, odd = down/mass, right/mass, odd/mass
	var found []string
	if math.Abs(sum-1) > sumOff {
		found = append(found, fmt.Sprintf("its sum is %.4g and not 1, so that the data are as many times as bright as the image (\"normalise\": true of a blur divides by it)", sum))
	}
	if off := math.Hypot(down, right); off > centroidOff {
		found = append(found, fmt.Sprintf("its centroid lies %.2g pixels from the point (%.2g down, %.2g to the right), by which images will seem shifted unless the instrument does that (\"centre\": \"centroid\" of a blur takes it out)", off, down, right))
	}
	if odd > lopsidedness {
		found = append(found, "it is not the same turned by half a turn: see in the picture of --png that its tail is on the side where the instrument has it")
	}
	if found != nil {
		e.add("kernel", Note, "", "of the kernel: %s", strings.Join(found, "; "))
	}
}

// moves reports whether the responses to two points are the same but for their places, where both are within the image.
func moves(a, b Response, h, w int) bool {
	n := h * w
	dr, dc := b.Pixel%n/w-a.Pixel%n/w, b.Pixel%w-a.Pixel%w
	gap, size := 0.0, 0.0
	for i, v := range a.Measured {
		plane := i - i%n
		other, ok := at(b.Measured[plane:plane+n], i%n/w+dr, i%w+dc, h, w)
		if ok {
			gap += math.Abs(v - other)
			size += math.Abs(v)
		}
	}
	return size > 0 && gap <= sameKernel*size
}

// at returns entry (row, col) of a plane, and whether there is one.
func at(plane []float64, row, col, h, w int) (float64, bool) {
	if row < 0 || row >= h || col < 0 || col >= w {
		return 0, false
	}
	return plane[row*w+col], true
}
