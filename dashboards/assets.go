package dashboards

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"

	"vantage/dashboards/web"
)

// assets are the files that pages load, each under the hash of its bytes, so
// that browsers may keep them for ever.
type assets struct {
	byPath  map[string]*answer
	paths   map[string]string // name -> address
	echarts string            // address, empty where the build brought none
}

var mediaTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

func loadAssets() (*assets, error) {
	a := &assets{byPath: map[string]*answer{}, paths: map[string]string{}}
	own, err := fs.ReadDir(web.Static, "static")
	if err != nil {
		return nil, err
	}
	for _, f := range own {
		if err := a.add(web.Static, "static", f.Name()); err != nil {
			return nil, err
		}
	}
	return a, a.addECharts()
}

func (a *assets) addECharts() error {
	list, err := fs.ReadFile(web.Dist, "dist/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var names struct{ ECharts string }
	if err := json.Unmarshal(list, &names); err != nil || names.ECharts == "" {
		return fmt.Errorf("dashboards/web/dist/manifest.json names no echarts; run the build again")
	}
	if err := a.add(web.Dist, "dist", names.ECharts); err != nil {
		return fmt.Errorf("%w; run the build again", err)
	}
	a.echarts = a.paths[names.ECharts]
	return nil
}

func (a *assets) add(from fs.FS, dir, name string) error {
	body, err := fs.ReadFile(from, path.Join(dir, name))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	file := &answer{kind: mediaTypes[path.Ext(name)], body: body, etag: hash}
	if file.gz, err = fs.ReadFile(from, path.Join(dir, name+".gz")); err != nil {
		file.gz = compress(body)
	}
	a.paths[name] = "/assets/" + hash + "/" + name
	a.byPath[hash+"/"+name] = file
	return nil
}

func (d *Dashboard) asset(w http.ResponseWriter, r *http.Request) {
	file, ok := d.assets.byPath[r.PathValue("hash")+"/"+r.PathValue("name")]
	if !ok {
		d.notFound(w, r)
		return
	}
	public(w.Header())
	file.serve(w, r, "public, max-age=31536000, immutable")
}
