// Draws the evidence of a photo as SVG: the html report and the page to work in show the same picture. Everything is an
// attribute or textContent, never markup.
"use strict";
// size: [width, height]; bands: [upright, low, high, start, end]; shapes: [kind, verdict, label, [x, y, ...]]; in pixels;
// say: gives a label in the language of the page; name: what the picture is, for screen readers.
function drawEvidence(size, bands, shapes, say, name) {
  const COLOURS = { pass: "#0a84ff", review: "#f0a000", fail: "#e5352b", error: "#8e8e99" };
  const [width, height] = size;
  const unit = Math.max(width, height) / 640;
  function draw(tag, attributes, text) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    return element;
  }
  const svg = draw("svg", { preserveAspectRatio: "xMidYMin", viewBox: "0 0 " + width + " " + height, role: "img", "aria-label": name });
  for (const [upright, low, high, start, end] of bands) {
    const at = upright ? { x: low, y: start, width: high - low, height: end - start } : { x: start, y: low, width: end - start, height: high - low };
    svg.append(draw("rect", Object.assign(at, { fill: "#2ea050", "fill-opacity": .16, stroke: "#1d8a45", "stroke-width": 1.2 * unit, "stroke-dasharray": 5 * unit + " " + 4 * unit })));
  }
  const labels = [];
  for (const [kind, verdict, label, points] of shapes) {
    const colour = COLOURS[verdict] || COLOURS.error;
    const stroke = { stroke: colour, "stroke-width": (verdict === "pass" ? 2 : 3.5) * unit, fill: "none", "stroke-linejoin": "round" };
    let [x, y] = points;
    if (kind === "box") {
      const [left, top] = [Math.min(x, points[2]), Math.min(y, points[3])];
      svg.append(draw("rect", Object.assign(stroke, { x: left, y: top, width: Math.abs(points[2] - x), height: Math.abs(points[3] - y), rx: 4 * unit })));
    } else if (kind === "line") {
      const path = [];
      for (let i = 0; i < points.length; i += 2) path.push(points[i] + "," + points[i + 1]);
      svg.append(draw("polyline", Object.assign(stroke, { points: path.join(" ") })));
      if (Math.abs(points[points.length - 2] - x) < 2 && height) y = height - 14 * unit;
    } else {
      svg.append(draw("circle", { cx: x, cy: y, r: 5 * unit, fill: colour }));
    }
    if (say(label)) labels.push([x, y, colour, say(label)]);
  }
  const taken = [];
  for (const [x, y, colour, text] of labels) {
    const font = 17 * unit;
    const length = Array.from(text).reduce((sum, sign) => sum + (sign.charCodeAt(0) > 255 ? font : font * .56), 0);
    const left = Math.max(4 * unit, Math.min(x + 3 * unit, width - length - 4 * unit));
    let top = Math.max(font, y - 5 * unit);
    while (taken.some((t) => Math.abs(t[1] - top) < font * 1.1 && left < t[2] && t[0] < left + length)) top += font * 1.15;
    taken.push([left, top, left + length]);
    svg.append(draw("text", { x: left, y: top, "font-size": font, "font-weight": 700, fill: colour, stroke: "#fff", "stroke-width": 4 * unit, "paint-order": "stroke", "stroke-linejoin": "round" }, text));
  }
  return svg;
}
