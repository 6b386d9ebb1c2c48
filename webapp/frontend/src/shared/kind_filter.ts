// The legend as check boxes: which kinds of things are shown.
import { element } from "../dom";
import { type GraphData, kindOf } from "./graph_data";
import { shapePicture } from "./legend";

/** Kinds that are evidence or detail: shown when asked for. */
const AT_FIRST_HIDDEN = ["Record", "Report", "Offense"];

export class KindFilter {
  readonly #place: HTMLElement;
  readonly #hidden = new Set(AT_FIRST_HIDDEN);
  readonly #onChange: () => void;

  constructor(place: HTMLElement, onChange: () => void) {
    this.#place = place;
    this.#onChange = onChange;
  }

  get hiddenLabels(): ReadonlySet<string> {
    return this.#hidden;
  }

  /** One box for each kind of the graph, with how many there are. */
  show(data: GraphData): void {
    const counts = new Map<string, number>();
    for (const node of data.nodes) counts.set(node.label, (counts.get(node.label) ?? 0) + 1);
    const focused = document.activeElement?.id;
    this.#place.replaceChildren(
      ...[...counts].sort(([a], [b]) => a.localeCompare(b)).map(([label, count]) => this.#box(label, count)),
    );
    if (focused?.startsWith("kind-")) document.getElementById(focused)?.focus();
  }

  #box(label: string, count: number): HTMLLIElement {
    const box = element("input", { type: "checkbox", id: `kind-${label}` });
    box.checked = !this.#hidden.has(label);
    box.addEventListener("change", () => {
      if (box.checked) this.#hidden.delete(label);
      else this.#hidden.add(label);
      this.#onChange();
    });
    return element(
      "li",
      {},
      element(
        "label",
        { for: `kind-${label}` },
        box,
        shapePicture(label),
        `${kindOf(label)} `,
        element("span", { class: "legend__count" }, String(count)),
      ),
    );
  }
}
