// The side panel: what is known of the selected thing or tie, and by what records.
import { Refused, element, getJson } from "../dom";
import type { Selection } from "../canvas";
import {
  type GraphData,
  type GraphNode,
  type GraphRelationship,
  day,
  detailOf,
  idOf,
  isDerived,
  kindOf,
  percent,
  probabilityOf,
  sentence,
  tieOf,
  titleOf,
} from "./graph_data";
import { shapePicture } from "./legend";

interface RecordRow {
  record_key: string;
  person_id: string;
  feed: string;
  agency_id: string;
  agency: string | null;
  role: string;
  source_id: string | null;
  observed_on: string | null;
  name: string | null;
  probability: number | null;
  weight: number | null;
}

interface NodeDetails {
  node: GraphNode;
  facts: { name: string; value: unknown }[];
  ties: { type: string; outgoing: boolean; number: number }[];
  records: RecordRow[];
}

export interface DetailActions {
  expand: (node: GraphNode) => void;
  hide: (id: string) => void;
  startHere: (node: GraphNode) => void;
  isStart: (node: GraphNode) => boolean;
  pageOf: (node: GraphNode) => string | null;
}

export class Details {
  readonly #place: HTMLElement;
  readonly #actions: DetailActions;
  #asked: AbortController | null = null;

  constructor(place: HTMLElement, actions: DetailActions) {
    this.#place = place;
    this.#actions = actions;
  }

  /** Show what is selected; what the page does not know yet is asked of the server. */
  async show(selection: Selection, data: GraphData): Promise<void> {
    this.#asked?.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    try {
      if (selection === null) this.#nothing();
      else if (selection.kind === "node") await this.#node(selection.node, signal);
      else if (selection.kind === "relationship") await this.#tie(selection.relationship, data, signal);
      else this.#fold(selection.members);
    } catch (error) {
      if (signal.aborted) return;
      const words = error instanceof Refused ? `${error.title}. ${error.message}` : "The server did not answer.";
      this.#place.append(element("p", { class: "usa-error-message" }, words));
    }
  }

  #nothing(): void {
    this.#place.replaceChildren(
      element("h2", {}, "Nothing selected"),
      element(
        "p",
        { class: "panel__note" },
        "Select a thing or a tie, on the canvas or in the tables, to see what is known and by which records. Double-click a thing to see what lies around it.",
      ),
    );
  }

  async #node(node: GraphNode, signal: AbortSignal): Promise<void> {
    const head = this.#head(node);
    this.#place.replaceChildren(...head);
    const asked = new URLSearchParams({ node: idOf(node) });
    const found = await getJson<NodeDetails>(`/api/network/details?${asked}`, signal);
    this.#place.replaceChildren(
      ...head,
      facts(found.facts),
      ...(found.ties.length > 0 ? [element("h3", {}, "Ties"), ties(found)] : []),
      ...recordList(found.records, node.label === "Person"),
    );
  }

  #head(node: GraphNode): HTMLElement[] {
    const address = this.#actions.pageOf(node);
    return [
      element("p", { class: "details__kind" }, shapePicture(node.label), kindOf(node.label)),
      element("h2", {}, titleOf(node)),
      element("p", { class: "panel__note" }, detailOf(node)),
      element(
        "div",
        { class: "details__actions" },
        this.#button("Expand", () => this.#actions.expand(node)),
        this.#button("Hide", () => this.#actions.hide(idOf(node))),
        !this.#actions.isStart(node) && this.#button("Start here", () => this.#actions.startHere(node)),
        address && element("a", { class: "usa-button usa-button--small", href: address }, "Open page"),
      ),
    ];
  }

  async #tie(tie: GraphRelationship, data: GraphData, signal: AbortSignal): Promise<void> {
    const named = new Map(data.nodes.map((node) => [idOf(node), node]));
    const [from, to] = [named.get(idOf(tie.start)), named.get(idOf(tie.end))];
    const probability = probabilityOf(tie);
    const head: HTMLElement[] = [
      element("p", { class: "details__kind" }, "Tie"),
      element("h2", {}, sentence(tieOf(tie.type)) ?? ""),
      element("p", {}, `${from ? titleOf(from) : "?"} → ${to ? titleOf(to) : "?"}`),
    ];
    if (probability !== null) {
      head.push(element(
          "p",
          {},
          tie.type === "REPORTS"
            ? `The report is of this incident with probability ${percent(probability)}.`
            : `The record speaks of this person with probability ${percent(probability)}.`,
        ));
    }
    if (isDerived(tie)) {
      head.push(
        element("p", { class: "details__derived" }, "Derived: no agency recorded this tie. It was computed from what both share:"),
        sharedThings(tie, named),
      );
    }
    head.push(facts(tieFacts(tie)));
    this.#place.replaceChildren(...head);
    const keys = tie.properties["record_keys"];
    if (!Array.isArray(keys) || keys.length === 0) return;
    const asked = new URLSearchParams(keys.slice(0, 200).map((key) => ["record", String(key)]));
    const found = await getJson<{ records: RecordRow[] }>(`/api/network/records?${asked}`, signal);
    this.#place.replaceChildren(...head, ...recordList(found.records, false));
  }

  #fold(members: GraphNode[]): void {
    this.#place.replaceChildren(
      element("h2", {}, `${members.length} folded`),
      element("p", { class: "panel__note" }, "Double-click the fold to draw them, as far as there is room."),
      element("ul", { class: "usa-list" }, ...members.slice(0, 100).map((node) => element("li", {}, titleOf(node)))),
    );
  }

  #button(title: string, act: () => void): HTMLButtonElement {
    const made = element("button", { type: "button", class: "usa-button usa-button--outline usa-button--small" }, title);
    made.addEventListener("click", act);
    return made;
  }
}

function facts(values: { name: string; value: unknown }[]): HTMLElement {
  return element(
    "dl",
    { class: "facts facts--narrow" },
    ...values.map(({ name, value }) =>
      element("div", {}, element("dt", {}, sentence(name.replace(/_on$/, "")) ?? name), element("dd", {}, written(value))),
    ),
  );
}

function written(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((part) => written(part)).join("; ");
  const words = day(String(value)) ?? "";
  return /^[a-z_]+$/.test(words) ? (sentence(words) ?? words) : words;
}

function tieFacts(tie: GraphRelationship): { name: string; value: unknown }[] {
  const told = new Set(["record_keys", "incident_keys", "contact_point_keys", "incident_key", "derived", "probability"]);
  return Object.entries(tie.properties)
    .filter(([name, value]) => !told.has(name) && value !== null && value !== "")
    .map(([name, value]) => ({ name, value: name === "weight" ? `${Number(value).toFixed(1)} (log2)` : value }));
}

function sharedThings(tie: GraphRelationship, named: Map<string, GraphNode>): HTMLElement {
  const refer = (label: string, name: string): string[] => {
    const keys = tie.properties[name];
    return Array.isArray(keys) ? keys.map((key) => `${label}:${String(key)}`) : [];
  };
  const ids = [...refer("Incident", "incident_keys"), ...refer("ContactPoint", "contact_point_keys")];
  return element(
    "ul",
    { class: "usa-list" },
    ...ids.map((id) => {
      const node = named.get(id);
      return element("li", {}, node ? titleOf(node) : `${kindOf(id.split(":")[0] ?? "")} ${id.split(":")[1]?.slice(0, 8) ?? ""}`);
    }),
  );
}

function ties(found: NodeDetails): HTMLElement {
  return element(
    "ul",
    { class: "details__ties" },
    ...found.ties.map((tie) => element("li", {}, `${tie.outgoing ? "" : "← "}${tieOf(tie.type)} `, element("strong", {}, String(tie.number)))),
  );
}

function recordList(records: RecordRow[], identity: boolean): HTMLElement[] {
  if (records.length === 0) return [];
  return [
    element("h3", {}, identity ? "Records taken for this person" : "Evidence"),
    element(
      "ul",
      { class: "details__records" },
      ...records.map((row) =>
        element(
          "li",
          {},
          element("strong", {}, row.agency ?? row.agency_id),
          ` ${sentence(row.role) ?? ""}${row.observed_on ? `, ${day(row.observed_on)}` : ""}`,
          element("br"),
          `${row.name ?? "no name"}${row.source_id ? ` · ${row.source_id}` : ""}`,
          element("br"),
          row.weight === null || row.probability === null ? "only record of the person" : `same person ${percent(row.probability)}`,
        ),
      ),
    ),
  ];
}
