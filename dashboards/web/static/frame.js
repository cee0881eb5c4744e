// Runs inside a frame on another site: draws the chart in place of its
// picture, tells the host page its height, and passes clicks on links to a
// WordPress host, whose sandbox opens no windows.
(function () {
  "use strict";
  var figure = document.getElementById("figure"), root = document.documentElement;
  var secret = (location.hash.match(/secret=([A-Za-z0-9]+)/) || [])[1];
  var systemDark = matchMedia("(prefers-color-scheme: dark)");

  function tell() {
    var height = Math.ceil(document.body.getBoundingClientRect().height);
    if (secret) parent.postMessage({ message: "height", value: height, secret: secret }, "*"); // WordPress
    parent.postMessage({ type: "vantage:height", height: height, src: location.href.split("#")[0] }, "*");
    parent.postMessage({ context: "iframe.resize", height: height, src: location.href }, "*"); // Embedly
  }
  document.addEventListener("click", function (e) {
    var a = e.target.closest("a");
    if (!a || !secret) return;
    e.preventDefault();
    parent.postMessage({ message: "link", value: a.href, secret: secret }, "*");
  });
  new ResizeObserver(tell).observe(document.body);
  addEventListener("load", tell);
  addEventListener("message", function (e) { if (e.data && e.data.type === "vantage:height?") tell(); });
  tell();

  if (!figure.dataset.echarts || matchMedia("(forced-colors: active)").matches) return;
  var load = new Promise(function (done, failed) {
    var s = document.createElement("script");
    s.src = figure.dataset.echarts; s.onload = done; s.onerror = failed;
    document.head.appendChild(s);
  });
  var option = fetch(figure.dataset.option).then(function (r) { if (!r.ok) throw new Error(r.status); return r.json(); });
  Promise.all([load, option]).then(function (got) { start(got[1]); }).catch(function () { /* the picture stays */ });

  function css(name) {
    var probe = document.createElement("i");
    probe.style.color = "var(" + name + ")";
    document.body.appendChild(probe);
    var c = getComputedStyle(probe).color;
    probe.remove();
    return c;
  }
  function start(option) {
    var img = figure.querySelector("picture"), title = document.querySelector("h1"), host = document.createElement("div");
    host.className = "draw";
    host.setAttribute("role", "img");
    host.setAttribute("aria-label", img.querySelector("img").alt);
    title.className = "title";
    img.replaceWith(host);
    host.style.height = Number(figure.dataset.rows) * 26 + 40 + "px";
    var chart = echarts.init(host, null, { renderer: "canvas" });
    document.getElementById("key").hidden = false;
    function draw() {
      var o = look(option, host.clientWidth);
      chart.setOption(o, true);
      var from = o.dataZoom ? o.dataZoom[0].startValue : 0;
      hatch(host, chart, option.vantage.unheard, from);
      edge(host, chart, option.vantage, from);
    }
    draw();
    new ResizeObserver(function () { chart.resize(); draw(); }).observe(host);
    systemDark.addEventListener("change", draw);
    document.body.dataset.ready = "1";
    tell();
  }
  // hatch marks the columns in which nothing was heard, behind the canvas.
  function hatch(host, chart, columns, from) {
    host.querySelectorAll(".u").forEach(function (e) { e.remove(); });
    var wide = chart.convertToPixel({ xAxisIndex: 0 }, from + 1) - chart.convertToPixel({ xAxisIndex: 0 }, from);
    columns.forEach(function (j) {
      if (j < from) return;
      var bar = document.createElement("div");
      bar.className = "u";
      bar.style.left = chart.convertToPixel({ xAxisIndex: 0 }, j) - wide / 2 + "px";
      bar.style.width = wide + "px";
      bar.style.top = "26px";
      bar.style.bottom = "4px";
      host.insertBefore(bar, host.firstChild);
    });
  }
  // edge marks the squares of the columns of which a part was missed.
  function edge(host, chart, facts, from) {
    host.querySelectorAll(".g").forEach(function (e) { e.remove(); });
    var wide = chart.convertToPixel({ xAxisIndex: 0 }, from + 1) - chart.convertToPixel({ xAxisIndex: 0 }, from);
    var high = (host.clientHeight - 30) / facts.rows;
    facts.gaps.forEach(function (j) {
      if (j < from || facts.unheard.indexOf(j) >= 0) return;
      for (var i = 0; i < facts.rows; i++) {
        var bar = document.createElement("div");
        bar.className = "g";
        bar.style.left = chart.convertToPixel({ xAxisIndex: 0 }, j) - wide / 2 + 1 + "px";
        bar.style.width = wide - 2 + "px";
        bar.style.top = 26 + (i + 1) * high - 7 + "px";
        host.appendChild(bar);
      }
    });
  }
  function count(n, noun) { return n + " " + noun + (n === 1 ? "" : "s"); }
  function look(option, width) {
    var o = JSON.parse(JSON.stringify(option)), names = o.yAxis[0].data, cols = o.xAxis[0].data, short = o.vantage.short;
    var ink = css("--ink"), muted = css("--muted"), ground = css("--ground");
    var room = Math.min(270, Math.round(width * .4)), shown = width < 560 ? Math.min(13, cols.length) : cols.length;
    // A narrow frame shows the newest weeks, of which the running one is the last;
    // of topics the first, which have the most posts.
    var from = o.vantage.partial < 0 ? 0 : cols.length - shown;
    o.visualMap[0].pieces.forEach(function (p, i) { p.color = css("--c" + (o.vantage.steps[i] + 1)); });
    o.grid = { left: room, right: 4, top: 26, bottom: 4 };
    o.yAxis[0].show = true;
    var labels = o.vantage.labels;
    o.yAxis[0].axisLabel = {
      show: true, color: ink, fontSize: 13, interval: 0,
      // "{" begins a style in ECharts' rich text.
      formatter: function (v, i) {
        var label = labels[i] && room > 200 ? labels[i] : "", chars = Math.floor((room - 12 - label.length * 7) / 6.6);
        v = v.replace(/[{}]/g, "");
        return (v.length > chars ? v.slice(0, chars - 1) + "…" : v) + (label && "  {label|" + label + "}");
      },
      rich: { label: { color: css("--c5"), fontSize: 11, fontWeight: "bold" } }
    };
    o.yAxis[0].axisLine = o.yAxis[0].axisTick = { show: false };
    o.xAxis[0].show = true;
    o.xAxis[0].position = "top";
    o.xAxis[0].axisLabel = { show: true, color: muted, fontSize: 11, formatter: function (v, i) { return short[cols.indexOf(v)] || v; } };
    o.xAxis[0].axisLine = o.xAxis[0].axisTick = { show: false };
    if (shown < cols.length) o.dataZoom = [{ type: "inside", xAxisIndex: 0, startValue: from, endValue: from + shown - 1, zoomLock: true, zoomOnMouseWheel: false, moveOnMouseWheel: false }];
    var s = o.series[0], step = (width - room) / shown;
    s.itemStyle = { borderColor: ground, borderWidth: 1 };
    s.label = { show: step > 22, fontSize: 11 };
    s.data.forEach(function (d) {
      var k = 0;
      o.visualMap[0].pieces.forEach(function (p, i) { if (d.value[2] >= (p.gte || 1)) k = i; });
      d.label = { color: css("--t" + (o.vantage.steps[k] + 1)), formatter: String(d.value[2]) };
      if (d.value[0] === o.vantage.partial) d.itemStyle = { borderColor: muted, borderWidth: 1, borderType: "dashed" };
    });
    var gaps = o.vantage.gaps, missed = o.vantage.missed;
    o.tooltip.formatter = function (p) {
      var gap = gaps.indexOf(p.value[0]);
      return names[p.value[1]] + "\n" + cols[p.value[0]] + "\n" + count(p.value[2], "post") + ", " + count(p.value[3], "publisher") + (gap < 0 ? "" : "\n" + missed[gap].replace(/[{}]/g, ""));
    };
    o.tooltip.textStyle = { fontSize: 12 };
    delete o.vantage;
    return o;
  }
})();
