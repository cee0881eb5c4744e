// Enhances pages that already work: keys in the heat map, the ECharts picture
// over it, live updates, colours, copying. Nothing here is needed to read.
(function () {
  "use strict";
  var root = document.documentElement;
  function byId(id) { return document.getElementById(id); }

  // --- Colours -----------------------------------------------------------
  var systemDark = matchMedia("(prefers-color-scheme: dark)");
  function isDark() { return root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches; }
  function colours() {
    var button = byId("theme");
    if (button) { button.hidden = false; button.textContent = isDark() ? "Light colours" : "Dark colours"; }
    picture.draw();
  }
  function swapColours() {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch (e) { /* then only for this page */ }
    colours();
  }

  // --- The board: one tab stop, arrows move -------------------------------
  var board = {
    cells: [], // rows of table cells, without the sentences
    row: 0, col: 0,
    read: function () {
      var table = document.querySelector("#stage .board");
      board.cells = [];
      if (!table) return;
      [].forEach.call(table.tBodies[0].rows, function (tr) {
        if (!tr.classList.contains("said")) board.cells.push([].slice.call(tr.cells, 1));
      });
      table.querySelectorAll("td a").forEach(function (a) { a.tabIndex = -1; });
      board.row = Math.min(board.row, board.cells.length - 1);
      if (!board.shown(board.row, board.col)) board.col = board.cells[0].length - 1;
      board.target(board.row, board.col).tabIndex = 0;
    },
    // A cell without posts has no link; then the cell itself takes the focus.
    target: function (y, x) { var td = board.cells[y][x]; return td.querySelector("a") || td; },
    shown: function (y, x) { var td = board.cells[y] && board.cells[y][x]; return td && td.offsetWidth > 0; },
    go: function (y, x) {
      if (!board.shown(y, x)) return false;
      board.target(board.row, board.col).tabIndex = -1;
      board.row = y; board.col = x;
      var el = board.target(y, x);
      el.tabIndex = 0;
      el.focus();
      return true;
    },
    key: function (e) {
      var y = board.row, x = board.col, last = board.cells[0].length - 1, first = 0;
      while (first < last && !board.shown(0, first)) first++;
      var step = { ArrowRight: [y, x + 1], ArrowLeft: [y, x - 1], ArrowDown: [y + 1, x], ArrowUp: [y - 1, x], Home: [y, first], End: [y, last], PageDown: [Math.min(y + 10, board.cells.length - 1), x], PageUp: [Math.max(y - 10, 0), x] }[e.key];
      if (!step || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      board.go(step[0], step[1]);
    },
    find: function (td) {
      for (var y = 0; y < board.cells.length; y++) {
        var x = board.cells[y].indexOf(td);
        if (x >= 0) return { y: y, x: x };
      }
      return null;
    },
    say: function (y, x) {
      var td = board.cells[y][x], a = td.querySelector("a");
      var name = td.parentNode.cells[0].querySelector("a").textContent;
      var head = td.closest("table").tHead.rows[0].cells[x + 1].querySelector(".vh");
      var said = name + ", " + head.firstChild.textContent + ": ";
      var missed = head.children[1] ? head.children[1].textContent.replace(", ", "; ") : "";
      if (!a) return said + (td.classList.contains("u") ? "not heard from" : "no posts") + missed;
      var more = a.dataset.n.split(" ");
      var shown = more[2] ? a.textContent.replace("<", "under ") + " mentions in " + count(more[2], "post") : count(a.textContent, "post");
      return said + shown + ", " + count(more[0], "publisher") + ", " + (more[1] === "1" ? "1 story" : more[1] + " stories") + missed;
    }
  };
  function count(n, noun) { return n + " " + noun + (n === "1" ? "" : "s"); }

  // --- The picture: ECharts over the board ---------------------------------
  // The option is a plain heat map; here its squares are laid over those of
  // the board, wherever the text around them has pushed them.
  var picture = {
    chart: null, option: null, boxes: null,
    start: function () {
      var stage = byId("stage");
      if (!stage || !stage.dataset.echarts || matchMedia("(forced-colors: active)").matches) return;
      Promise.all([script(stage.dataset.echarts), json(stage.dataset.option)]).then(function (got) {
        var option = got[1];
        if (String(option.vantage.generation) !== byId("live").dataset.generation) return live.refresh();
        picture.option = option;
        picture.open();
      }).catch(function () { /* the board stays as the server drew it */ });
    },
    open: function () {
      var stage = byId("stage"), host = document.createElement("div");
      host.className = "canvas";
      host.setAttribute("aria-hidden", "true");
      stage.appendChild(host);
      var size = stage.getBoundingClientRect();
      var sharp = Math.min(devicePixelRatio || 1, 2, Math.sqrt(12e6 / (size.width * size.height)));
      picture.chart = echarts.init(host, null, { renderer: "canvas", devicePixelRatio: sharp });
      picture.draw();
      new ResizeObserver(function () { if (picture.chart && !picture.chart.isDisposed()) { picture.chart.resize(); picture.draw(); } }).observe(stage);
      document.body.dataset.ready = String(1 + Number(document.body.dataset.ready || 0));
    },
    close: function () { if (picture.chart) { picture.chart.dispose(); picture.chart = null; } },
    draw: function () {
      if (!picture.chart) return;
      var o = JSON.parse(JSON.stringify(picture.option)), style = getComputedStyle(root), series = o.series[0];
      var ramp = [1, 2, 3, 4, 5, 6].map(function (k) { return colour(style, "--c" + k); });
      o.visualMap[0].pieces.forEach(function (p, i) { p.color = ramp[o.vantage.steps[i]]; });
      o.tooltip.formatter = picture.tip;
      o.tooltip.backgroundColor = colour(style, "--ink");
      o.tooltip.textStyle = { color: colour(style, "--ground"), fontSize: 13 };
      o.tooltip.borderWidth = 0;
      picture.measure(series.data);
      series.type = "custom";
      series.coordinateSystem = undefined;
      series.renderItem = picture.square;
      series.label = undefined;
      picture.ink = { partial: colour(style, "--muted"), line: colour(style, "--line"), last: o.vantage.partial, light: colour(style, "--t1"), dark: colour(style, "--t6"), ramp: ramp };
      delete o.xAxis; delete o.yAxis; delete o.grid; delete o.vantage;
      series.coordinateSystem = "none";
      picture.chart.setOption(o, true);
    },
    // measure finds the place of every square; null where it is not shown.
    measure: function (data) {
      var origin = byId("stage").getBoundingClientRect();
      picture.boxes = data.map(function (d) {
        var td = board.cells[d.value[1]] && board.cells[d.value[1]][d.value[0]];
        var r = td && td.getBoundingClientRect();
        var edge = td && td.classList.contains("g") ? 6 : 0; // its hatched edge stays in sight
        return r && r.width ? { x: r.left - origin.left + 1, y: r.top - origin.top + 1, width: r.width - 2, height: r.height - 2 - edge, r: 1, words: td.textContent } : null;
      });
    },
    square: function (params, api) {
      var box = picture.boxes[params.dataIndex];
      if (!box) return null;
      var fill = api.visual("color"), words = box.words, ink = picture.ink;
      var partial = api.value(0) === ink.last;
      return {
        type: "rect", shape: box,
        style: { fill: fill, stroke: partial ? ink.partial : fill === ink.ramp[0] ? ink.line : null, lineWidth: 1, lineDash: partial ? [3, 2] : null },
        emphasis: { style: { stroke: ink.partial, lineWidth: 2, lineDash: null } },
        textConfig: { position: "inside" },
        textContent: words.length * 5.5 > box.width ? null : { style: { text: words, fill: ink.ramp.indexOf(fill) < 3 ? ink.light : ink.dark, font: (words.length * 7 + 3 > box.width ? 10 : 12) + "px system-ui, sans-serif" } }
      };
    },
    tip: function (p) { return board.say(p.value[1], p.value[0]).replace(": ", "\n"); },
    index: function (y, x) {
      return picture.option ? picture.option.series[0].data.findIndex(function (d) { return d.value[0] === x && d.value[1] === y; }) : -1;
    },
    point: function (y, x) {
      if (!picture.chart) return;
      var i = picture.index(y, x), c = picture.chart;
      c.dispatchAction({ type: "downplay", seriesIndex: 0 });
      if (i < 0 || !picture.boxes[i]) { c.dispatchAction({ type: "hideTip" }); return; }
      c.dispatchAction({ type: "highlight", seriesIndex: 0, dataIndex: i });
      c.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: i });
    },
    leave: function () {
      if (!picture.chart) return;
      picture.chart.dispatchAction({ type: "downplay", seriesIndex: 0 });
      picture.chart.dispatchAction({ type: "hideTip" });
    }
  };
  // A custom property holds light-dark(); the canvas needs what it comes to.
  function colour(style, name) {
    var probe = document.createElement("i");
    probe.hidden = true;
    probe.style.color = "var(" + name + ")";
    document.body.appendChild(probe);
    var c = getComputedStyle(probe).color;
    probe.remove();
    return c;
  }
  function script(src) {
    if (window.echarts) return Promise.resolve();
    return new Promise(function (done, failed) {
      var s = document.createElement("script");
      s.src = src; s.onload = done; s.onerror = failed;
      document.head.appendChild(s);
    });
  }
  function json(src) { return fetch(src).then(function (r) { if (!r.ok) throw new Error(r.status); return r.json(); }); }

  // --- Live updates --------------------------------------------------------
  var live = {
    source: null, paused: false, waiting: false, busy: false,
    start: function () {
      if (!byId("live") || !window.EventSource) return;
      live.wire();
      live.listen();
      document.addEventListener("visibilitychange", live.listen);
    },
    // One stream for each visible page: browsers allow six connections.
    listen: function () {
      if (document.hidden || live.paused) { if (live.source) live.source.close(); live.source = null; return; }
      if (live.source) return;
      live.source = new EventSource("/events");
      live.source.addEventListener("charts", function (e) {
        if (String(JSON.parse(e.data).generation) !== byId("live").dataset.generation) live.refresh();
      });
    },
    wire: function () {
      var button = byId("pause");
      if (!button) return;
      button.hidden = false;
      live.label(button);
      button.addEventListener("click", function () {
        live.paused = !live.paused;
        live.label(button);
        live.listen();
        if (!live.paused) live.refresh();
      });
    },
    label: function (button) {
      button.setAttribute("aria-pressed", String(live.paused));
      button.textContent = live.paused ? "Resume live updates" : "Pause live updates";
    },
    // refresh asks for this page again and puts its new numbers in place; at
    // most every five seconds.
    refresh: function () {
      if (live.busy) { live.waiting = true; return; }
      live.busy = true;
      fetch(location.href, { cache: "no-cache" }).then(function (r) { return r.ok ? r.text() : Promise.reject(r.status); }).then(function (text) {
        live.replace(new DOMParser().parseFromString(text, "text/html").getElementById("live"));
      }).catch(function () { /* the next event tries again */ }).then(function () {
        setTimeout(function () { live.busy = false; if (live.waiting) { live.waiting = false; live.refresh(); } }, 5000);
      });
    },
    replace: function (fresh) {
      var old = byId("live");
      if (!fresh || fresh.dataset.generation === old.dataset.generation) return;
      var open = [].map.call(old.querySelectorAll("details"), function (d) { return d.open && d.querySelector("summary").textContent; });
      var focus = live.focus();
      picture.close();
      old.replaceWith(document.adoptNode(fresh));
      fresh.querySelectorAll("details").forEach(function (d) { d.open = open.indexOf(d.querySelector("summary").textContent) >= 0; });
      page();
      live.wire();
      if (focus) focus();
      byId("readout") && (byId("readout").textContent = "The numbers were updated.");
    },
    // focus remembers where the reader was: the same square, button, link or summary.
    focus: function () {
      var el = document.activeElement;
      if (!el || !byId("live").contains(el)) return null;
      if (el.id) return function () { var same = byId(el.id); if (same) same.focus(); };
      var href = el.getAttribute("href"), y = board.row, x = board.col, inBoard = byId("stage") && byId("stage").contains(el);
      return function () {
        if (!inBoard) {
          var like = [].find.call(byId("live").querySelectorAll(el.tagName), function (e) {
            return !e.closest("#stage") && (href ? e.getAttribute("href") === href : e.textContent === el.textContent);
          });
          if (like) like.focus();
          return;
        }
        var same = href && byId("stage").querySelector('td a[href="' + CSS.escape(href).replace(/\\/g, "\\") + '"]');
        var at = same && board.find(same.parentNode);
        board.go(at ? at.y : y, at ? at.x : x);
      };
    }
  };

  // --- Everything that belongs to what was just loaded ---------------------
  function page() {
    var stage = byId("stage");
    if (stage) {
      board.read();
      var scroll = byId("scroll");
      scroll.scrollLeft = scroll.scrollWidth; // the newest weeks first
      stage.addEventListener("keydown", function (e) { if (e.target.closest("td")) board.key(e); });
      stage.addEventListener("focusin", function (e) {
        var td = e.target.closest("td"), at = td && board.find(td);
        if (!at) return;
        board.row = at.y; board.col = at.x;
        byId("readout").textContent = board.say(at.y, at.x);
        picture.point(at.y, at.x);
      });
      stage.addEventListener("focusout", picture.leave);
      stage.addEventListener("mouseover", function (e) {
        var td = e.target.closest("td"), at = td && board.find(td);
        if (at) picture.point(at.y, at.x); else picture.leave();
      });
      stage.addEventListener("mouseleave", picture.leave);
      picture.start();
    }
    rove(document.querySelector("table.numbers"));
  }
  // rove makes a table of links one tab stop.
  function rove(table) {
    if (!table) return;
    var rows = [].map.call(table.tBodies[0].rows, function (r) { return [].slice.call(r.cells); });
    table.querySelectorAll("a").forEach(function (a) { a.tabIndex = -1; });
    var first = table.querySelector("tbody a");
    if (first) first.tabIndex = 0;
    table.addEventListener("keydown", function (e) {
      var td = e.target.closest("td"), move = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[e.key];
      if (!td || !move || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      var y = td.parentNode.sectionRowIndex + move[0], x = td.cellIndex + move[1];
      while (rows[y] && rows[y][x]) {
        var a = rows[y][x].querySelector("a");
        if (a) { e.target.tabIndex = -1; a.tabIndex = 0; a.focus(); return; }
        y += move[0]; x += move[1];
      }
    });
  }
  function copying() {
    var button = byId("copy"), field = byId("snippet");
    if (!button || !field) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      var done = function () { byId("copied").textContent = "Copied."; };
      field.select();
      if (navigator.clipboard && navigator.clipboard.writeText) navigator.clipboard.writeText(field.value).then(done, function () { document.execCommand("copy"); done(); });
      else { document.execCommand("copy"); done(); }
    });
  }

  page();
  copying();
  live.start();
  colours();
  var button = byId("theme");
  if (button) button.addEventListener("click", swapColours);
  systemDark.addEventListener("change", colours);
})();
