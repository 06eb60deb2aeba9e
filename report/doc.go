// Package report shows what a solve found: one self-contained HTML page with images and plots inside, PNG files,
// and results.json. A page never says more than the numbers do: the spread of RED-diff's restarts is titled as
// what it is, warnings of a method are printed beside its pictures, and every value has its unit.
package report
