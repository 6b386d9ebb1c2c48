// The person page: a link's waterfall is drawn when the link is first opened.
import type { VisualizationSpec } from "vega-embed";
import { draw } from "./charts";
import { one, readData } from "./dom";

const chart = readData<Record<string, unknown>>("waterfall-chart");

async function drawLink(link: HTMLDetailsElement): Promise<void> {
  const id = link.dataset["link"];
  if (id === undefined || link.dataset["drawn"] !== undefined) return;
  link.dataset["drawn"] = "";
  const bars = readData<unknown[]>(`${id}-bars`);
  const place = one<HTMLElement>(`#${CSS.escape(`${id}-chart`)}`);
  await draw(place, { ...chart, datasets: { bars } } as unknown as VisualizationSpec);
}

for (const link of document.querySelectorAll<HTMLDetailsElement>("details[data-link]")) {
  if (link.open) void drawLink(link);
  link.addEventListener("toggle", () => {
    if (link.open) void drawLink(link);
  });
}
