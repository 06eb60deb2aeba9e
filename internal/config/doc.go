// Package config holds what every configuration of the project shares: one strict JSON decoder, one registry of kinds,
// one error that names a field, one checker of numbers, and one edit distance for proposals.
//
// Decode reads JSON onto a struct that holds its defaults and refuses whatever it cannot use: an unknown field (the
// error proposes the nearest), a key given twice, a value of the wrong type, a number that does not fit, text after the
// value. Tolerant is for the files of other projects, which may say more than is needed here: it passes over unknown
// fields and refuses the rest alike. A Registry reads an object whose field "kind" says which of several structs it
// describes. Check collects the first number of a config that is not finite or not within its bounds, so that no size is
// allocated and no loop begun for a config that nobody can mean.
//
// All errors are of one line.
package config
