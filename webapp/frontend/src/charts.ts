// Vega-Lite charts under a strict content security policy: expressions are interpreted, not
// compiled, and no style element is added.
import embed, { type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import { readData } from "./dom";

const ERROR = 1;

/** Draw every [data-chart] element of the page from the data block that it names. */
export async function drawCharts(root: ParentNode = document): Promise<void> {
  const places = [...root.querySelectorAll<HTMLElement>("[data-chart]")];
  await Promise.all(places.map((place) => draw(place, readData(place.dataset["chart"] ?? ""))));
}

/** Draw one Vega-Lite specification into an element. */
export async function draw(place: HTMLElement, specification: VisualizationSpec): Promise<void> {
  await embed(place, specification, {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    defaultStyle: false,
    ast: true,
    // Vega warns of every scale that is empty before its data arrive: the console is for faults.
    logLevel: ERROR,
    expr: expressionInterpreter,
    tooltip: { disableDefaultStyle: true },
    loader: { target: "_self" },
  });
  // The place itself is the picture, with its name; its table holds the values.
  place.querySelector("svg")?.setAttribute("aria-hidden", "true");
}
