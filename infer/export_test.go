package infer

// Maker names what computes here, as a state stores it.
var Maker = maker
