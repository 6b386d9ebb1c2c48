// The table beside a canvas: the same nodes and ties with the same actions, by keyboard too.
import { element } from "../dom";
import {
  type GraphData,
  type GraphNode,
  type GraphRelationship,
  detailOf,
  idOf,
  isDerived,
  kindOf,
  percent,
  probabilityOf,
  samenessOf,
  tieOf,
  titleOf,
} from "./graph_data";
import { shapePicture } from "./legend";

export interface TableActions {
  select: (id: string) => void;
  expand?: (node: GraphNode) => void;
  hide?: (id: string) => void;
  /** The address of a node's own page, or null. */
  pageOf?: (node: GraphNode) => string | null;
}

/** Two tables in one element: nodes, then relationships. */
export class GraphTable {
  readonly #place: HTMLElement;
  readonly #actions: TableActions;
  #chosen: string | null = null;

  constructor(place: HTMLElement, actions: TableActions) {
    this.#place = place;
    this.#actions = actions;
  }

  /** Show this graph. */
  show(data: GraphData): void {
    const titles = new Map(data.nodes.map((node) => [idOf(node), titleOf(node)]));
    const focused = document.activeElement?.getAttribute("data-action") ?? null;
    this.#place.replaceChildren(
      this.#table(
        `Things (${data.nodes.length})`,
        ["Name", "Kind", "Details", "Actions"],
        data.nodes.map((node) => this.#nodeRow(node)),
      ),
      this.#table(
        `Ties (${data.relationships.length})`,
        ["From", "Tie", "To", "Evidence"],
        data.relationships.map((one) => this.#tieRow(one, titles)),
      ),
    );
    this.choose(this.#chosen);
    if (focused) this.#place.querySelector<HTMLElement>(`[data-action="${CSS.escape(focused)}"]`)?.focus();
  }

  /** Mark the row of a node or relationship, or none. */
  choose(id: string | null): void {
    this.#chosen = id;
    for (const row of this.#place.querySelectorAll<HTMLElement>("tr[data-id]")) {
      const chosen = row.dataset["id"] === id;
      row.classList.toggle("is-chosen", chosen);
      row.querySelector("button")?.setAttribute("aria-pressed", String(chosen));
    }
  }

  #table(caption: string, heads: string[], rows: HTMLTableRowElement[]): HTMLElement {
    return element(
      "div",
      { class: "table-scroll table-scroll--tall", tabindex: "0", role: "group", "aria-label": caption },
      element(
        "table",
        { class: "usa-table usa-table--borderless table-dense" },
        element("caption", {}, caption),
        element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
        element("tbody", {}, ...rows),
      ),
    );
  }

  #nodeRow(node: GraphNode): HTMLTableRowElement {
    const id = idOf(node);
    const title = titleOf(node);
    const { expand, hide, pageOf } = this.#actions;
    const page = pageOf?.(node) ?? null;
    const actions = element(
      "td",
      { class: "row-actions" },
      expand && this.#button("Expand", `Expand ${title}`, `expand ${id}`, () => expand(node)),
      hide && this.#button("Hide", `Hide ${title}`, `hide ${id}`, () => hide(id)),
      page && element("a", { href: page, "aria-label": `Open the page of ${title}` }, "Open"),
    );
    return element(
      "tr",
      { "data-id": id },
      element("th", { scope: "row" }, this.#chooser(title, id)),
      element("td", { class: "kind" }, shapePicture(node.label), kindOf(node.label)),
      element("td", {}, detailOf(node)),
      actions,
    );
  }

  #tieRow(one: GraphRelationship, titles: Map<string, string>): HTMLTableRowElement {
    const probability = probabilityOf(one);
    const records = one.properties["record_keys"];
    const evidence = isDerived(one)
      ? "derived"
      : probability !== null
        ? `${samenessOf(one)} ${percent(probability)}`
        : Array.isArray(records)
          ? `${records.length} record${records.length === 1 ? "" : "s"}`
          : "";
    return element(
      "tr",
      { "data-id": one.key },
      element("td", {}, titles.get(idOf(one.start)) ?? ""),
      element("th", { scope: "row" }, this.#chooser(tieOf(one.type), one.key)),
      element("td", {}, titles.get(idOf(one.end)) ?? ""),
      element("td", {}, evidence),
    );
  }

  #chooser(title: string, id: string): HTMLButtonElement {
    return this.#button(title, null, `select ${id}`, () => this.#actions.select(id));
  }

  #button(title: string, label: string | null, action: string, act: () => void): HTMLButtonElement {
    const made = element(
      "button",
      { type: "button", class: "usa-button usa-button--unstyled", "aria-label": label, "data-action": action },
      title,
    );
    made.addEventListener("click", act);
    return made;
  }
}
