// Package arrays reads the arrays that files of JSON hold or name: numbers written out, or in a file of numpy, a picture,
// or any format that is registered. Problem files and files of priors read theirs through it.
package arrays
