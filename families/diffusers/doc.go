// Package diffusers is the family of the library diffusers' UNet2DModel, in folders with config.json and scheduler_config.json.
package diffusers
