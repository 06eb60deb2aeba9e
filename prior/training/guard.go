package training

import "encoding/json"

// guard returns what a resumed run must share besides the config of its optimisation.
func (r *Training) guard() (map[string]string, error) {
	g := map[string]string{}
	images := struct {
		DataConfig
		Resize [2]int `json:"resize,omitzero"` // absent from the states of runs that could not ask for it
	}{r.cfg.Data, r.cfg.Data.Resize}
	images.MaxPixels = 0 // it changes no image
	for name, v := range map[string]any{"data": images, "loss": r.cfg.Loss.Loss, "freeze": append([]string{}, r.cfg.Freeze...)} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		g[name] = string(text)
	}
	g["image set"] = r.images
	if r.initHash != "" {
		g["init"] = "a file of SHA-256 " + r.initHash
	}
	return g, nil
}
