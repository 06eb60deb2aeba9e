// Package disk puts files and folders in their place whole or not at all, and lets one process at a time work on them.
//
// What is in the making lies beside its target under a hidden name that tells the host and the process it belongs to,
// so that the next run can remove what a killed one left behind, and never what a living one is writing.
package disk
