// The patterns' answers: a canvas for those that are networks, with the same things in tables.
import "./styles/patterns.scss";
import { Canvas, GraphTable, type GraphData, type GraphNode, detailOf, drawLegend, idOf, titleOf } from "./canvas";
import { element, one, readData } from "./dom";

function draw(place: HTMLElement): void {
  const data = readData<GraphData>("pattern-graph");
  const pages = readData<Record<string, string | null>>("pattern-pages");
  const pageOf = (node: GraphNode): string | null => {
    const folder = pages[node.label];
    return folder ? folder + encodeURIComponent(node.key) : null;
  };
  const chosen = one<HTMLElement>("#chosen");
  const canvas = new Canvas({
    place,
    onSelect: (selection) => {
      const node = selection?.kind === "node" ? selection.node : null;
      table.choose(node ? idOf(node) : selection?.kind === "relationship" ? selection.relationship.key : null);
      const page = node && pageOf(node);
      chosen.replaceChildren(
        ...(node
          ? [
              element("p", { class: "text-bold" }, titleOf(node)),
              element("p", {}, detailOf(node)),
              ...(page ? [element("p", {}, element("a", { href: page }, "Open"))] : []),
            ]
          : []),
      );
    },
    onChange: () => {
      const { nodes, folded, left } = canvas.drawn;
      const rest = [folded ? `${folded} folded` : "", left ? `${left} not drawn` : ""].filter(Boolean);
      one("#drawn").textContent = `${nodes} drawn${rest.length ? `, ${rest.join(", ")}` : ""}`;
      drawLegend(one<HTMLElement>("#legend"), canvas.visible);
      table.show(canvas.visible);
    },
  });
  const table = new GraphTable(one<HTMLElement>("#graph-table"), {
    select: (id) => canvas.select(id),
    hide: (id) => canvas.hide([id]),
    pageOf,
  });
  one<HTMLButtonElement>("#fit").addEventListener("click", () => {
    canvas.showHidden();
    canvas.fit();
  });
  canvas.show(data);
}

const place = document.querySelector<HTMLElement>("#canvas");
if (place) draw(place);
