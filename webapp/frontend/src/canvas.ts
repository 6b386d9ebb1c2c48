// A network on a canvas: Cytoscape with the fcose layout.
//
// Guarantees: opens with at most 300 nodes and never draws more than 2,000 (the rest is folded and
// counted); adds no style element and evaluates no text; everything that can be done on the canvas
// can be done through its methods, so that a table beside it offers the same (graph_table.ts).
import cytoscape, { type Core, type ElementDefinition, type NodeSingular } from "cytoscape";
import fcose from "cytoscape-fcose";
import { CAP, OPEN_LIMIT, type Fold, fold, foldTitle } from "./shared/aggregate";
import {
  type GraphData,
  type GraphNode,
  type GraphRelationship,
  type NodeRef,
  idOf,
  isDerived,
  probabilityOf,
  sentence,
  text,
  tieOf,
  tieText,
  titleOf,
} from "./shared/graph_data";
import { STYLE, lookOf } from "./shared/graph_style";

export * from "./shared/graph_data";
export { GraphTable, type TableActions } from "./shared/graph_table";
export { drawLegend } from "./shared/legend";
export { CAP, OPEN_LIMIT } from "./shared/aggregate";

cytoscape.use(fcose);

export type Selection =
  | { kind: "node"; node: GraphNode }
  | { kind: "relationship"; relationship: GraphRelationship }
  | { kind: "fold"; members: GraphNode[] }
  | null;

export interface CanvasOptions {
  /** An empty element with a size of its own. */
  place: HTMLElement;
  /** The user chose something on the canvas or through select(). */
  onSelect?: (selection: Selection) => void;
  /** The user asked for what is around a node (double click). */
  onExpand?: (node: GraphNode) => void;
  /** What is drawn has changed: nodes added, hidden, shown again. */
  onChange?: () => void;
}

export interface Drawn {
  nodes: number;
  folded: number;
  left: number;
  hidden: number;
}

export class Canvas {
  readonly #cy: Core;
  readonly #options: CanvasOptions;
  readonly #nodes = new Map<string, GraphNode>();
  readonly #relationships = new Map<string, GraphRelationship>();
  readonly #hidden = new Set<string>();
  readonly #opened = new Set<string>();
  #kindsAway: ReadonlySet<string> = new Set();
  #folds: Fold[] = [];
  #left = 0;
  #limit = OPEN_LIMIT;
  #start: string | null = null;

  constructor(options: CanvasOptions) {
    withoutStyleElement();
    this.#options = options;
    this.#cy = cytoscape({
      container: options.place,
      style: STYLE,
      minZoom: 0.1,
      maxZoom: 3,
      boxSelectionEnabled: false,
      selectionType: "single",
      autounselectify: false,
    });
    this.#cy.on("select unselect", () => options.onSelect?.(this.selection));
    this.#cy.on("dbltap", "node", (event) => this.#open(event.target as NodeSingular));
  }

  /** Show this graph and nothing else. ``start`` is marked and kept whatever is folded. */
  show(data: GraphData, start: NodeRef | null = null): void {
    this.#nodes.clear();
    this.#relationships.clear();
    this.#hidden.clear();
    this.#opened.clear();
    this.#limit = OPEN_LIMIT;
    this.#start = start ? idOf(start) : null;
    this.#cy.elements().remove();
    this.#take(data);
    this.#draw(null);
  }

  /** Add what is not there yet, placed beside ``around``. Returns how many nodes were new. */
  add(data: GraphData, around: NodeRef | null = null): number {
    const before = this.#nodes.size;
    this.#take(data);
    const added = this.#nodes.size - before;
    // What the user asked for may exceed the opening limit, never the cap.
    this.#limit = Math.min(CAP, Math.max(this.#limit, this.drawn.nodes + added));
    this.#draw(around ? idOf(around) : null);
    return added;
  }

  /** Hide nodes (ids of idOf) with their relationships until showHidden(). */
  hide(ids: Iterable<string>): void {
    for (const id of ids) this.#hidden.add(id);
    this.#draw(null, false);
  }

  showHidden(): void {
    this.#hidden.clear();
    this.#draw(null, false);
  }

  /** Leave out nodes of these labels (the start node stays); draws again where that changes. */
  setKinds(away: ReadonlySet<string>): void {
    const same = away.size === this.#kindsAway.size && [...away].every((one) => this.#kindsAway.has(one));
    if (same) return;
    this.#kindsAway = new Set(away);
    if (this.#nodes.size > 0) this.#draw(null);
  }

  /** Select a node or relationship by id, or nothing; brings a node into sight. */
  select(id: string | null): void {
    this.#cy.elements(":selected").unselect();
    if (id === null) return;
    const found = this.#cy.getElementById(id);
    found.select();
    const box = found.renderedBoundingBox();
    const out = box.x1 < 0 || box.y1 < 0 || box.x2 > this.#cy.width() || box.y2 > this.#cy.height();
    if (found.nonempty() && out) this.#cy.center(found);
  }

  /** Make room: lay everything out again. */
  arrange(): void {
    this.#layout(true);
  }

  fit(): void {
    this.#cy.fit(undefined, 40);
  }

  zoomBy(factor: number): void {
    const middle = { x: this.#cy.width() / 2, y: this.#cy.height() / 2 };
    this.#cy.zoom({ level: this.#cy.zoom() * factor, renderedPosition: middle });
  }

  /** Show or hide the words on relationships. */
  showTies(shown: boolean): void {
    this.#cy.edges().toggleClass("without-text", !shown);
  }

  /** The canvas's size has changed. */
  resized(): void {
    this.#cy.resize();
  }

  /** Everything that is known, hidden or folded nodes included. */
  get data(): GraphData {
    return { nodes: [...this.#nodes.values()], relationships: [...this.#relationships.values()] };
  }

  /** Nodes and relationships that are not hidden, folded ones included. */
  get visible(): GraphData {
    const nodes = [...this.#nodes.values()].filter((node) => this.#isVisible(node));
    const ids = new Set(nodes.map(idOf));
    const relationships = [...this.#relationships.values()].filter(
      (one) => ids.has(idOf(one.start)) && ids.has(idOf(one.end)),
    );
    return { nodes, relationships };
  }

  get drawn(): Drawn {
    return {
      nodes: this.#cy.nodes().length,
      folded: this.#folds.reduce((sum, group) => sum + group.members.length, 0),
      left: this.#left,
      hidden: this.#hidden.size,
    };
  }

  get selection(): Selection {
    const [chosen] = this.#cy.elements(":selected").toArray();
    if (chosen === undefined) return null;
    const id = chosen.id();
    const node = this.#nodes.get(id);
    if (node) return { kind: "node", node };
    const relationship = this.#relationships.get(id);
    if (relationship) return { kind: "relationship", relationship };
    const group = this.#folds.find((one) => one.id === id);
    return group ? { kind: "fold", members: group.members } : null;
  }

  /** A picture of what is drawn, as PNG. */
  async picture(): Promise<Blob> {
    return (await this.#cy.png({ output: "blob-promise", full: true, scale: 2, bg: "#fff" })) as Blob;
  }

  destroy(): void {
    this.#cy.destroy();
  }

  #isVisible(node: GraphNode): boolean {
    const id = idOf(node);
    if (this.#hidden.has(id)) return false;
    return id === this.#start || !this.#kindsAway.has(node.label);
  }

  #open(target: NodeSingular): void {
    const node = this.#nodes.get(target.id());
    if (node) {
      this.#options.onExpand?.(node);
      return;
    }
    const group = this.#folds.find((one) => one.id === target.id());
    if (group) this.unfold(group.id);
  }

  /** Draw the members of a fold, as far as the cap allows. */
  unfold(id: string): void {
    const group = this.#folds.find((one) => one.id === id);
    if (group === undefined) return;
    this.#opened.add(id);
    this.#limit = Math.min(CAP, this.drawn.nodes + group.members.length);
    this.#draw(group.at);
  }

  #take(data: GraphData): void {
    for (const node of data.nodes) this.#nodes.set(idOf(node), node);
    for (const relationship of data.relationships) {
      if (this.#nodes.has(idOf(relationship.start)) && this.#nodes.has(idOf(relationship.end))) {
        this.#relationships.set(relationship.key, relationship);
      }
    }
  }

  #draw(around: string | null, arrange = true): void {
    const visible = this.visible;
    const folded = fold(visible, this.#limit);
    this.#folds = folded.folds.filter((group) => !this.#opened.has(group.id));
    const reopened = folded.folds.filter((group) => this.#opened.has(group.id));
    const shown = [...folded.shown, ...reopened.flatMap((group) => group.members)];
    this.#left = folded.left;
    const wanted = new Map<string, ElementDefinition>();
    for (const node of shown) wanted.set(idOf(node), this.#nodeElement(node));
    for (const group of this.#folds) wanted.set(group.id, foldElement(group));
    for (const one of visible.relationships) {
      if (wanted.has(idOf(one.start)) && wanted.has(idOf(one.end))) {
        wanted.set(one.key, edgeElement(one));
      }
    }
    for (const group of this.#folds) {
      wanted.set(`${group.id}:tie`, {
        group: "edges",
        data: { id: `${group.id}:tie`, source: group.at, target: group.id, text: tieOf(group.type), width: 1.5 },
      });
    }
    this.#cy.batch(() => this.#become(wanted, around));
    if (arrange) this.#layout(around === null);
    this.#options.onChange?.();
  }

  #become(wanted: Map<string, ElementDefinition>, around: string | null): void {
    this.#cy
      .elements()
      .filter((element) => !wanted.has(element.id()))
      .remove();
    const anchor = around ? this.#cy.getElementById(around) : this.#cy.collection();
    const at = anchor.nonempty() ? (anchor as unknown as NodeSingular).position() : null;
    let turn = 0;
    for (const definition of wanted.values()) {
      const id = String(definition.data.id);
      if (this.#cy.getElementById(id).nonempty()) continue;
      if (at && definition.group === "nodes") {
        turn += 2.4;
        const away = 60 + 6 * turn;
        definition.position = { x: at.x + away * Math.cos(turn), y: at.y + away * Math.sin(turn) };
      }
      this.#cy.add(definition);
    }
  }

  #layout(fresh: boolean): void {
    const many = this.#cy.nodes().length > OPEN_LIMIT;
    const options = {
      name: "fcose",
      quality: many ? "draft" : "proof",
      randomize: fresh,
      animate: false,
      fit: true,
      padding: 40,
      nodeSeparation: 90,
      idealEdgeLength: 95,
      nodeRepulsion: 9000,
      packComponents: true,
      nodeDimensionsIncludeLabels: true,
    };
    this.#cy.layout(options as unknown as cytoscape.LayoutOptions).run();
    if (this.#cy.zoom() > 1.4) {
      this.#cy.zoom(1.4);
      this.#cy.center();
    }
  }

  #nodeElement(node: GraphNode): ElementDefinition {
    const id = idOf(node);
    const look = lookOf(node.label);
    return {
      group: "nodes",
      data: {
        id,
        title: captionOf(node),
        shape: look.shape,
        colour: look.colour,
        size: look.size,
        start: id === this.#start,
      },
    };
  }
}

// An incident's number alone tells nothing: what it was goes below.
function captionOf(node: GraphNode): string {
  const what = node.label === "Incident" ? sentence(text(node, "categories")) : null;
  return what ? `${titleOf(node)}\n${what}` : titleOf(node);
}

function foldElement(group: Fold): ElementDefinition {
  const look = lookOf(group.label);
  return {
    group: "nodes",
    data: {
      id: group.id,
      title: foldTitle(group),
      shape: look.shape,
      colour: look.colour,
      size: look.size + 12,
      aggregate: true,
    },
  };
}

function edgeElement(relationship: GraphRelationship): ElementDefinition {
  const probability = probabilityOf(relationship);
  return {
    group: "edges",
    data: {
      id: relationship.key,
      source: idOf(relationship.start),
      target: idOf(relationship.end),
      text: tieText(relationship),
      derived: isDerived(relationship),
      width: probability === null ? 1.5 : 0.75 + 2.25 * probability,
    },
  };
}

// Cytoscape adds a <style> element unless one with this id is there; the security policy refuses
// it, and the rule that it would hold is in the style sheet.
function withoutStyleElement(): void {
  const id = "__________cytoscape_stylesheet";
  if (document.getElementById(id) === null) {
    const stand = document.createElement("meta");
    stand.id = id;
    document.head.append(stand);
  }
}
