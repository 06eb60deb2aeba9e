// Package external makes an operator of a user's own program: simulation code in Python, C++ or anything else, which reads
// images from its standard input and writes measurements to its standard output.
//
//	external   y = A x or y = A(x), with A^T y or A'(x)^T v, as the program computes it
//
// A description names the program, {"kind": "external", "command": ["python3", "radon.py"]}, and a description may come from
// anyone. So none is run unless the caller allows it: Allow lets descriptions start programs, and Start runs one that a Go
// program names itself. Without Allow a description of this kind is refused by an error that shows the command.
//
// The program is started once and answers one request after the other. Both sides write a line of JSON, which ends in a line
// feed, and behind it the numbers that the line announces, float64 in little-endian order without separators:
//
//	tweedie   {"protocol": 1, "in": [1, 28, 28]}           the shape of an image
//	program   {"protocol": 1, "out": [480], "linear": true}
//	tweedie   {"request": "apply", "numbers": 784}         then x
//	program   {"numbers": 480}                             then A(x)
//	tweedie   {"request": "adjoint", "numbers": 480}       then y, of a linear program
//	program   {"numbers": 784}                             then A^T y
//	tweedie   {"request": "vjp", "numbers": 1264}          then x and v in a row, of one that is not linear
//	program   {"numbers": 784}                             then A'(x)^T v
//	program   {"error": "the detector has no row 40"}      in place of an answer that cannot be given
//
// The program's first line may also have "in", the only shape that it takes, and "complex": true when out is the shape of
// complex numbers: A(x) then holds all real parts and, behind them, all imaginary ones. When its standard input ends, the
// program ends. What it writes to standard error is shown when it fails; nothing but answers may go to standard output.
//
// The answer to a request depends on its numbers alone, so that several processes can share the work and a run can be
// repeated. A program that ends, stays silent for longer than its timeout, answers with another count of numbers, with NaN,
// or with anything that is no answer, is killed; the operator panics with an *inverse.OperatorError, of which a method
// makes the error of its run, and no later request is sent.
package external
