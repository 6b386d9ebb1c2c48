// The legend: the kinds that are drawn, with shape, colour and number.
import { element } from "../dom";
import { type GraphData, kindOf } from "./graph_data";
import { lookOf } from "./graph_style";

const SVG = "http://www.w3.org/2000/svg";

const OUTLINES: Record<string, string> = {
  ellipse: "M8 1a7 7 0 1 1 0 14 7 7 0 1 1 0-14",
  rectangle: "M2 4h12v8H2z",
  "round-rectangle": "M3 3h10a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 13 13H3a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 3 3",
  "round-triangle": "M8 2 15 14H1z",
  "round-tag": "M2 3h8l5 5-5 5H2z",
  star: "m8 1 2 5h5l-4 3 1.5 5.500L8 11.300 3.500 14.500 5 9 1 6h5z",
  vee: "m1 2 7 4 7-4-7 13z",
  "round-pentagon": "m8 1 7 5-2.700 8.500H3.700L1 6z",
  diamond: "m8 0 8 8-8 8-8-8z",
  "round-hexagon": "M4 2h8l4 6-4 6H4L0 8z",
  barrel: "M2 3q6-2 12 0v10q-6 2-12 0z",
};

/** A small picture of a kind's shape. */
export function shapePicture(label: string): SVGSVGElement {
  const look = lookOf(label);
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("class", "shape");
  picture.setAttribute("aria-hidden", "true");
  const outline = document.createElementNS(SVG, "path");
  outline.setAttribute("d", OUTLINES[look.shape] ?? OUTLINES["ellipse"] ?? "");
  outline.setAttribute("fill", look.colour);
  picture.append(outline);
  return picture;
}

/** Fill a list element with the kinds of the given graph. */
export function drawLegend(place: HTMLElement, data: GraphData): void {
  const counts = new Map<string, number>();
  for (const node of data.nodes) counts.set(node.label, (counts.get(node.label) ?? 0) + 1);
  const rows = [...counts].sort(([a], [b]) => a.localeCompare(b));
  place.replaceChildren(
    ...rows.map(([label, count]) =>
      element("li", {}, shapePicture(label), `${kindOf(label)} `, element("span", { class: "legend__count" }, String(count))),
    ),
  );
}
