// The network page: canvas, side panel and tables over one state, which the address holds.
import {
  Canvas,
  GraphTable,
  type GraphData,
  type GraphNode,
  type Selection,
  idOf,
  titleOf,
} from "./canvas";
import { Refused, element, getJson, one, readData } from "./dom";
import { Details } from "./shared/details";
import { KindFilter } from "./shared/kind_filter";

interface PageData {
  start: string;
  opened: string[];
  hidden: string[];
  hops: number;
  around: GraphData & { total: number; shown: number };
  limits: { open: number; cap: number; opened: number };
  missing: boolean;
}

const page = readData<PageData>("network-data");
const opened = new Set(page.opened);
const hidden = new Set(page.hidden);
const startNode = page.around.nodes.find((node) => idOf(node) === page.start) ?? null;
let left = page.around.total - page.around.shown;

function pageOf(node: GraphNode): string | null {
  if (node.label === "Person") return `/persons/${encodeURIComponent(node.key)}`;
  if (node.label === "MissingEpisode" && page.missing) {
    return `/missing/${encodeURIComponent(node.key)}`;
  }
  return null;
}

const details = new Details(one("#details"), { expand, hide, pageOf, startHere, isStart });
const table = new GraphTable(one("#network-table"), { select, expand, hide, pageOf });
const kinds = new KindFilter(one("#kinds"), refresh);
const canvas = new Canvas({
  place: one("#network-canvas"),
  onSelect: chosen,
  onExpand: (node) => void expand(node),
  onChange: refresh,
});

function chosen(selection: Selection): void {
  const id =
    selection?.kind === "node"
      ? idOf(selection.node)
      : selection?.kind === "relationship"
        ? selection.relationship.key
        : null;
  table.choose(id);
  void details.show(selection, canvas.data);
}

function select(id: string): void {
  canvas.select(id);
  one<HTMLElement>("#details").focus({ preventScroll: true });
}

async function expand(node: GraphNode): Promise<void> {
  if (opened.size + 1 >= page.limits.opened) {
    say("error", "So many things are open that the picture tells nothing more. Start anew from one of them.");
    return;
  }
  const id = idOf(node);
  say("", `Looking around ${titleOf(node)} …`);
  try {
    const wanted = new URLSearchParams([["node", id]]);
    const found = await getJson<PageData["around"]>(`/api/network/around?${wanted}`);
    const added = canvas.add(found, node);
    opened.add(id);
    left += found.total - found.shown;
    remember();
    const more = found.total - found.shown;
    say(
      "",
      `${added} new around ${titleOf(node)}.${more > 0 ? ` ${more} more are not shown: narrow down from one of them.` : ""}`,
    );
  } catch (error) {
    refused(error);
  }
}

function hide(id: string): void {
  hidden.add(id);
  canvas.hide([id]);
  canvas.select(null);
  remember();
}

function isStart(node: GraphNode): boolean {
  return idOf(node) === page.start;
}

function startHere(node: GraphNode): void {
  location.assign(`/network?${new URLSearchParams({ start: idOf(node) })}`);
}

function remember(): void {
  const address = new URLSearchParams([["start", page.start]]);
  for (const id of opened) address.append("open", id);
  for (const id of hidden) address.append("hide", id);
  if (page.hops === 1) address.set("hops", "1");
  history.replaceState(null, "", `/network?${address}`);
}

function refresh(): void {
  // The first drawing happens inside the canvas's own constructor call chain.
  if (!ready) return;
  canvas.setKinds(kinds.hiddenLabels);
  const visible = canvas.visible;
  kinds.show(canvas.data);
  table.show(visible);
  const { folded, hidden: away } = canvas.drawn;
  one("#network-status").textContent = [
    `${visible.nodes.length} things and ${visible.relationships.length} ties are shown`,
    folded > 0 ? `${folded} are folded (double-click a fold, or use the table)` : "",
    left > 0 ? `${left} more lie around and are not loaded` : "",
    away > 0 ? `${away} hidden` : "",
  ]
    .filter(Boolean)
    .join(" · ");
  one<HTMLElement>("#show-hidden").hidden = away === 0;
}

function say(kind: "" | "error", text: string): void {
  const place = one("#network-message");
  place.replaceChildren(
    kind === "error"
      ? element(
          "div",
          { class: "usa-alert usa-alert--error usa-alert--slim" },
          element("div", { class: "usa-alert__body" }, element("p", { class: "usa-alert__text" }, text)),
        )
      : element("p", { class: "network__status" }, text),
  );
}

function refused(error: unknown): void {
  if (error instanceof Refused && error.status === 401) location.reload();
  const words = error instanceof Refused ? `${error.title}. ${error.message}` : "The server did not answer.";
  say("error", words);
}

function on(id: string, act: () => void): void {
  one<HTMLElement>(`#${id}`).addEventListener("click", act);
}

on("zoom-in", () => canvas.zoomBy(1.3));
on("zoom-out", () => canvas.zoomBy(1 / 1.3));
on("fit", () => canvas.fit());
on("arrange", () => canvas.arrange());
on("show-hidden", () => {
  hidden.clear();
  canvas.showHidden();
  remember();
});
on("copy-address", () => {
  void navigator.clipboard
    .writeText(location.href)
    .then(() => say("", "The address was copied: colleagues with your view see the same network."))
    .catch(() => say("error", "The browser did not allow copying: copy the address from its bar."));
});
on("save-picture", () => {
  void canvas.picture().then((picture) => {
    const address = URL.createObjectURL(picture);
    element("a", { href: address, download: "network.png" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  });
});
one<HTMLInputElement>("#show-ties").addEventListener("change", (event) => {
  canvas.showTies((event.target as HTMLInputElement).checked);
});
window.addEventListener("resize", () => canvas.resized());

let ready = false;
canvas.setKinds(kinds.hiddenLabels);
canvas.show(page.around, startNode);
canvas.hide(hidden);
ready = true;
refresh();
if (startNode) {
  one("#network-title").textContent = titleOf(startNode);
  document.title = `${titleOf(startNode)} · Network · VAST`;
  canvas.select(page.start);
}
