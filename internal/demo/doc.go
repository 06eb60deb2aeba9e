// Package demo makes the demonstration of the command: an image that the prior never saw is measured with noise, every
// chosen method restores it from the same numbers, and a page compares them with a plain restoration and on a problem
// whose answer is known. A Table does so for many images and counts. The methods come from the registry of package infer
// with their settings for the efforts Page, Table, Full and Plane, so that a user's own takes part by its name.
//
// Errors name the flags of the command that a Config holds.
package demo
